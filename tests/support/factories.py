"""Make rows for tests: what a test does not name has a plausible value."""

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import User
from curriculum.models import Course, Exercise, Lesson
from grading.models import Certificate, Prediction, Score, Submission
from sandboxes.models import Host, Machine, Sandbox

PASSWORD = "a long pass phrase"
BOX = [{"name": "box", "kind": "linux"}]
TASK = {
    "slug": "task",
    "title": "A task",
    "machine": "box",
    "hints": ["Look at `ps`.", "Look *again*."],
    "checks": [
        {
            "id": "answer",
            "kind": "file",
            "path": "/root/answer",
            "equals": "42",
            "points": 3,
            "message": "It should hold the answer.",
            "read": "Above.",
        }
    ],
}


class UserFactory(DjangoModelFactory[User]):
    """Make users, who sign in with PASSWORD; `password=None` makes one who can't."""

    class Meta:
        model = User

    username = factory.Sequence(lambda number: f"user{number}")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        return model_class.objects.create_user(*args, **fields)


class CourseFactory(DjangoModelFactory[Course]):
    class Meta:
        model = Course

    slug = factory.Sequence(lambda number: f"course-{number}")
    title = factory.LazyAttribute(lambda course: f"Course {course.slug}")


class LessonFactory(DjangoModelFactory[Lesson]):
    """Make lessons with one machine, `box`."""

    class Meta:
        model = Lesson

    course = factory.SubFactory(CourseFactory)
    slug = factory.Sequence(lambda number: f"lesson-{number}")
    title = factory.LazyAttribute(lambda lesson: f"About {lesson.slug}")
    summary = "Short."
    minutes = 10
    machines = factory.LazyFunction(lambda: [dict(machine) for machine in BOX])
    source = ""
    version = "1"


class ExerciseFactory(DjangoModelFactory[Exercise]):
    """Make exercises with one check of a file, worth 3 points, in the machine `box`."""

    class Meta:
        model = Exercise

    lesson = factory.SubFactory(LessonFactory)
    slug = "task"
    title = factory.LazyAttribute(lambda exercise: f"The {exercise.slug}")
    machine = "box"
    points = 3
    body_html = "<p>Write <code>42</code>.</p>"
    definition = factory.LazyAttribute(lambda exercise: TASK | {"slug": exercise.slug})
    version = "1"


class HostFactory(DjangoModelFactory[Host]):
    """Make hosts whose engine is a fake of their own."""

    class Meta:
        model = Host

    name = factory.Sequence(lambda number: f"host-{number}")
    docker_url = factory.LazyAttribute(lambda host: f"fake://{host.name}")


class SandboxFactory(DjangoModelFactory[Sandbox]):
    """Make ready sandboxes; with `lesson` they have its key and its machines' names."""

    class Meta:
        model = Sandbox

    class Params:
        lesson = None

    user = factory.SubFactory(UserFactory)
    lesson_key = factory.LazyAttribute(
        lambda sandbox: sandbox.lesson.key if sandbox.lesson else "course/lesson"
    )
    requested_machines = factory.LazyAttribute(
        lambda sandbox: sandbox.lesson.machines if sandbox.lesson else []
    )
    state = Sandbox.State.READY
    changed_at = factory.LazyFunction(timezone.now)
    active_at = factory.SelfAttribute("changed_at")
    expires_at = factory.LazyAttribute(lambda sandbox: sandbox.changed_at + timedelta(hours=1))


class MachineFactory(DjangoModelFactory[Machine]):
    """Make `linux` machines: claimed where there is a sandbox, pooled where there is none."""

    class Meta:
        model = Machine

    host = factory.SubFactory(HostFactory)
    sandbox = None
    name = factory.LazyAttribute(lambda machine: "box" if machine.sandbox else "")
    kind = "linux"
    image = "sha256:1"
    state = factory.LazyAttribute(
        lambda machine: Machine.State.CLAIMED if machine.sandbox else Machine.State.POOLED,
    )
    changed_at = factory.LazyFunction(timezone.now)


class SubmissionFactory(DjangoModelFactory[Submission]):
    """Make queued submissions."""

    class Meta:
        model = Submission

    user = factory.SubFactory(UserFactory)
    exercise = factory.SubFactory(ExerciseFactory)
    number = 1
    points = factory.SelfAttribute("exercise.points")
    exercise_version = factory.SelfAttribute("exercise.version")
    changed_at = factory.LazyFunction(timezone.now)


class ScoreFactory(DjangoModelFactory[Score]):
    class Meta:
        model = Score

    user = factory.SubFactory(UserFactory)
    exercise = factory.SubFactory(ExerciseFactory)


class CertificateFactory(DjangoModelFactory[Certificate]):
    """Make certificates of a course."""

    class Meta:
        model = Certificate

    user = factory.SubFactory(UserFactory)
    course = factory.SubFactory(CourseFactory)
    name = factory.SelfAttribute("user.username")
    course_title = factory.SelfAttribute("course.title")
    issued_at = factory.LazyFunction(timezone.now)


class PredictionFactory(DjangoModelFactory[Prediction]):
    class Meta:
        model = Prediction

    user = factory.SubFactory(UserFactory)
    exercise = factory.SubFactory(ExerciseFactory)
    key = "k"
    value = 1.0
    made_at = factory.LazyFunction(timezone.now)
