"""Store submissions, every version of their results, and students' scores."""

import uuid

from django.conf import settings
from django.db import models

from grading.fields import DocumentField


class Submission(models.Model):
    """Store a press of *Check*, or a pass that was noticed without one (`automatic`).

    `number` counts a student's attempts at an exercise; an attempt that ends `not_graded` was the
    platform's fault and does not count. `results` is a list of CheckResult as JSON; `evidence` is
    what the checks were evaluated by, kept so that they can be corrected and run again. `score` is
    what the results earn, less what hints and lateness cost when it was submitted, unless an
    instructor has set it: then `override_reason` says why.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        COLLECTING = "collecting"
        GRADED = "graded"
        NOT_GRADED = "not_graded"

    OPEN = (State.QUEUED, State.COLLECTING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="submissions"
    )
    exercise = models.ForeignKey(
        "curriculum.Exercise", on_delete=models.CASCADE, related_name="submissions"
    )
    sandbox = models.ForeignKey(
        "sandboxes.Sandbox", on_delete=models.SET_NULL, null=True, related_name="submissions"
    )
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    reason = models.TextField(
        blank=True, help_text="Why it was not graded, in words for the student."
    )
    diagnosis = models.TextField(
        blank=True,
        help_text="What authors need to know of it, such as a script's traceback. Never shown to "
        "students.",
    )
    score = models.PositiveIntegerField(default=0)
    points = models.PositiveIntegerField()
    passed = models.BooleanField(default=False)
    automatic = models.BooleanField(default=False)
    trial = models.BooleanField(
        default=False, help_text="By somebody who taught then: it counts nowhere."
    )
    late = models.BooleanField(default=False)
    late_percent = models.PositiveSmallIntegerField(
        default=0, help_text="What it loses for being late."
    )
    hint_cost = models.PositiveSmallIntegerField(
        default=0, help_text="Points that the hints opened before it cost."
    )
    results = models.JSONField(default=list)
    evidence = DocumentField(default=dict)
    override_reason = models.TextField(
        blank=True, help_text="Why an instructor has set the score. Students read it."
    )
    exercise_version = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "exercise", "number"], name="submission_number_unique"
            ),
            models.UniqueConstraint(
                fields=["user", "exercise"],
                condition=models.Q(state__in=["queued", "collecting"]),
                name="one_open_submission_per_exercise",
            ),
            # A quiz, which needs no machine, is graded in the request that submits it.
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(state="collecting", sandbox__isnull=False),
                name="one_submission_collecting_per_student",
            ),
            models.CheckConstraint(
                condition=models.Q(score__lte=models.F("points")), name="score_within_points"
            ),
        ]
        indexes = [models.Index(fields=["state", "changed_at"])]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.user_id} at {self.exercise_id}"

    @property
    def audit_name(self) -> str:
        """Return what the audit log calls it. Select user and exercise with it."""
        return f"attempt {self.number} of {self.user} at {self.exercise}"

    def worth(self, earned: int) -> int:
        """Take off what hints and lateness cost; half a point is rounded upwards."""
        points = max(0, earned - self.hint_cost)
        return (points * (100 - self.late_percent) + 50) // 100

    def passes_by_hand(self, score: int, points: int) -> bool:
        """Whether a score set by hand is a pass: as much as a solution could have reached."""
        return score >= max(1, self.worth(points))


class ResultVersion(models.Model):
    """Store what stood in a submission at some time.

    Written when the results are first replaced: number 1 is then what the submission was graded
    with, the last number what stands in it now. `by` is None for the platform.
    """

    class Cause(models.TextChoices):
        GRADED = "graded"
        REGRADED = "regraded"
        OVERRIDE = "override", "set by hand"
        UNDONE = "undone", "no longer set by hand"

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    cause = models.CharField(max_length=10, choices=Cause)
    score = models.PositiveIntegerField()
    points = models.PositiveIntegerField()
    passed = models.BooleanField()
    results = models.JSONField(default=list)
    exercise_version = models.CharField(max_length=64)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["submission", "number"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "number"], name="version_number_unique")
        ]

    def __str__(self) -> str:
        return f"version {self.number}: {self.score} of {self.points}"

    @property
    def failed(self) -> list[str]:
        """List the ids of the checks that failed."""
        return [result["check"] for result in self.results if not result["passed"]]


class OpenedHint(models.Model):
    """Remember that a student has opened a hint, and what it cost then.

    `number` counts an exercise's hints from 1.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="opened_hints"
    )
    exercise = models.ForeignKey(
        "curriculum.Exercise", on_delete=models.CASCADE, related_name="opened_hints"
    )
    number = models.PositiveSmallIntegerField()
    cost = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["user", "exercise", "number"]
        constraints = [
            models.UniqueConstraint(fields=["user", "exercise", "number"], name="hint_opened_once")
        ]

    def __str__(self) -> str:
        return f"hint {self.number} of {self.exercise_id} for {self.user_id}"


class Score(models.Model):
    """Store what counts of a student's graded attempts at an exercise.

    That is the `best` score, or where the exercise says so the last one's. `passed_at` is when the
    first attempt passed. Who teaches has a score of their own `trial`s, which counts nowhere.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="scores"
    )
    exercise = models.ForeignKey(
        "curriculum.Exercise", on_delete=models.CASCADE, related_name="scores"
    )
    trial = models.BooleanField(default=False)
    best = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    passed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "exercise", "trial"], name="one_score_per_exercise"
            )
        ]

    def __str__(self) -> str:
        return f"{self.best} of {self.user_id} at {self.exercise_id}"


class Prediction(models.Model):
    """Store what a student thought that a measurement would give.

    `key` is the prediction's id in the exercise. `value` is committed once and never changes.
    `measured` and `reference` are what the student and the platform measured in the first attempt
    that passed. Numbers are in the base unit of their dimension (core.units). Only
    predictions/service.py writes here.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="predictions"
    )
    exercise = models.ForeignKey(
        "curriculum.Exercise", on_delete=models.CASCADE, related_name="predictions"
    )
    key = models.SlugField()
    value = models.FloatField()
    measured = models.FloatField(null=True, blank=True)
    reference = models.FloatField(null=True, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["made_at"]
        constraints = [
            # In this order it is the index of a class's plot, too.
            models.UniqueConstraint(fields=["exercise", "key", "user"], name="one_prediction_each"),
            models.CheckConstraint(
                condition=models.Q(measured=None, reference=None)
                | models.Q(measured__isnull=False, reference__isnull=False),
                name="prediction_measured_by_both",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} of {self.user_id} at {self.exercise_id}: {self.value:g}"


class Certificate(models.Model):
    """Store that a student has passed all exercises of a course.

    Whoever knows the id may read `name`, `course_title` and `issued_at`, which stay as they were.
    Only certificates.py writes here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="certificates"
    )
    course = models.ForeignKey(
        "curriculum.Course", on_delete=models.CASCADE, related_name="certificates"
    )
    name = models.CharField(max_length=310, help_text="The person's, when it was written.")
    course_title = models.CharField(max_length=200)
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["-issued_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "course"], name="one_certificate_a_course")
        ]

    def __str__(self) -> str:
        return f"{self.course_title}: {self.name}"
