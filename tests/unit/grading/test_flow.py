"""What an author allows, and what it costs: attempts, best or last score, deadlines, hints."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from curriculum.schema.specs import ExerciseSpec
from grading.assignments import assign
from grading.errors import DeadlinePassed, HintNotOpen, NoMoreAttempts
from grading.models import OpenedHint, Score, Submission
from grading.policy import is_late
from grading.regrading.overrides import override_score, undo_override
from grading.regrading.service import regrade
from grading.scores import count_attempt
from grading.submissions import service as submissions
from grading.submissions.hints import open_hint
from grading.submissions.service import hint_cost
from grading.tasks import grade
from tests.support.factories import UserFactory
from tests.support.grading import RIGHT

pytestmark = pytest.mark.django_db(transaction=True)
HINTS = [{"text": "Think.", "cost": 1}, "It is *even*.", {"text": "42", "cost": 3}]


@pytest.fixture
def allow(exercise):
    """Changes the exercise's policy."""

    def allow(**policy: Any) -> None:
        exercise.definition |= policy
        exercise.save()

    return allow


def iso(**away: float) -> str:
    return (timezone.now() + timedelta(**away)).isoformat()


# --- Attempts -------------------------------------------------------------------------------------


def test_no_more_attempts_than_allowed(allow, check):
    allow(attempts=2)
    check()
    check()
    with pytest.raises(NoMoreAttempts, match="All 2 attempts"):
        check()
    assert Submission.objects.count() == 2


def test_a_fault_of_the_platform_uses_up_none(allow, check, fake, sandbox):
    allow(attempts=1)
    fake.lose(str(sandbox.pk))
    assert check().state == "not_graded"
    assert check().state == "not_graded"
    assert not Score.objects.exists()


def test_an_attempt_graded_between_look_and_press_is_counted(allow, press, check, monkeypatch):
    """The bound holds when the attempt before is graded meanwhile, as with two tabs.

    Attempts are counted while the new one is stored, for then no other one can be graded.
    """
    allow(attempts=1)
    check()
    stored, counted = [], submissions.counted_attempts

    def count(*who: object) -> int:
        stored.append(submissions.open_submission(*who))
        return counted(*who)

    monkeypatch.setattr(submissions, "counted_attempts", count)
    with pytest.raises(NoMoreAttempts):
        press()
    assert stored[-1].number == 2
    assert Submission.objects.count() == 1


# --- Best or last ---------------------------------------------------------------------------------


def test_the_last_score_counts_where_the_exercise_says_so(allow, check, files):
    allow(score="last")
    files.update(RIGHT)
    check()
    del files["/root/name"]
    check()
    score = Score.objects.get()
    assert (score.best, score.attempts, score.passed_at is not None) == (3, 2, True)


def test_a_corrected_older_attempt_leaves_the_last_one_counting(allow, check, files, exercise):
    allow(score="last")
    files["/root/answer"] = b"42"
    check()
    files["/root/answer"] = b"41"
    check()
    exercise.definition["checks"] = [
        {**exercise.definition["checks"][0], "equals": "42", "points": 4}
    ]
    exercise.save()
    list(regrade(list(Submission.objects.values_list("pk", flat=True)), by=None, allow_lower=True))
    assert sorted(Submission.objects.values_list("score", flat=True)) == [0, 4]
    assert Score.objects.get().best == 0


def test_a_late_result_of_an_older_attempt_is_not_the_last(
    allow, check, press, files, student, exercise
):
    allow(score="last")
    check()
    files.update(RIGHT)
    check()
    older = Submission.objects.get(number=1)
    count_attempt(older)
    assert Score.objects.get().best == 5


# --- Deadline -------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", ["accept", "refuse", "reduce"])
def test_in_time_nothing_is_taken_off(allow, check, files, late):
    allow(due=iso(hours=1), late=late, late_percent=50 if late == "reduce" else 0)
    files.update(RIGHT)
    submission = check()
    assert (submission.score, submission.late, submission.passed) == (5, False, True)


def test_late_is_noted_where_it_is_accepted(allow, check, files):
    allow(due=iso(hours=-1))
    files.update(RIGHT)
    submission = check()
    assert (submission.score, submission.late) == (5, True)


def test_late_is_refused(allow, check):
    allow(due=iso(hours=-1), late="refuse")
    with pytest.raises(DeadlinePassed):
        check()
    assert not Submission.objects.exists()


def test_late_loses_its_part_and_still_passes(allow, check, files):
    allow(due=iso(hours=-1), late="reduce", late_percent=50)
    files.update(RIGHT)
    submission = check()
    assert (submission.score, submission.passed, submission.late_percent) == (
        3,
        True,
        50,
    )  # half of 5, upwards


def test_handed_in_before_the_deadline_is_in_time_however_late_it_is_graded(allow, press, files):
    files.update(RIGHT)
    allow(due=iso(hours=1), late="refuse")
    submission = press()
    allow(due=iso(hours=-1))
    grade(str(submission.pk))
    submission.refresh_from_db()
    assert (submission.score, submission.late) == (5, False)


# --- Hints ----------------------------------------------------------------------------------------


def test_hints_open_in_order_and_once(allow, student, exercise):
    allow(hints=HINTS)
    with pytest.raises(HintNotOpen, match="before this one"):
        open_hint(assign(exercise, student), number=2)
    assert open_hint(assign(exercise, student), number=1) == {1}
    assert open_hint(assign(exercise, student), number=1) == {1}
    assert open_hint(assign(exercise, student), number=2) == {1, 2}
    with pytest.raises(HintNotOpen, match="no such hint"):
        open_hint(assign(exercise, student), number=4)
    assert hint_cost(student, exercise) == 1


def test_a_hint_costs_what_it_did_when_it_was_opened(allow, student, exercise):
    allow(hints=HINTS)
    open_hint(assign(exercise, student), number=1)
    allow(hints=[{"text": "Think.", "cost": 9}])
    open_hint(assign(exercise, student), number=1)
    assert hint_cost(student, exercise) == 1


def test_hints_are_taken_off_later_submissions_only(allow, check, files, student, exercise):
    allow(hints=HINTS)
    files["/root/answer"] = b"42"
    assert check().score == 3
    for number in (1, 2, 3):
        open_hint(assign(exercise, student), number=number)
    assert check().score == 0  # 3 earned, 4 taken off: never below nothing
    files.update(RIGHT)
    last = check()
    assert (last.score, last.hint_cost, last.passed) == (1, 4, True)
    score = Score.objects.get()
    assert (score.best, score.passed_at is not None) == (3, True)


def test_anothers_hints_cost_nothing(allow, check, files, exercise, django_user_model):
    allow(hints=HINTS)
    open_hint(assign(exercise, UserFactory(username="bob")), number=1)
    files.update(RIGHT)
    assert check().score == 5


def test_grading_again_takes_off_the_same(allow, check, files, student, exercise):
    allow(hints=HINTS, due=iso(hours=-1), late="reduce", late_percent=50)
    open_hint(assign(exercise, student), number=1)
    files["/root/answer"] = b"42"
    submission = check()
    assert submission.score == 1  # (3 - 1) less half
    OpenedHint.objects.update(cost=5)
    exercise.definition["checks"] = [{**exercise.definition["checks"][0], "points": 9}]
    allow(due=None, late="accept", late_percent=0)
    list(regrade([submission.pk], by=None))
    submission.refresh_from_db()
    assert (submission.score, submission.points, submission.passed) == (4, 9, True)


def test_a_score_set_by_hand_passes_from_what_a_solver_could_have_reached(
    allow, check, files, student, exercise
):
    allow(hints=HINTS)
    open_hint(assign(exercise, student), number=1)
    files["/root/answer"] = b"42"
    submission = check()
    for points, passed in ((3, False), (4, True), (5, True), (0, False)):
        submission = override_score(
            submission=submission, by=student, score=points, reason="Seen in class."
        )
        assert (submission.score, submission.passed) == (points, passed)
    undone = undo_override(submission=submission, by=student)
    assert (undone.score, undone.passed) == (2, False)


@pytest.mark.parametrize(
    ("cost", "percent", "earned", "worth"),
    [
        (0, 0, 5, 5),
        (2, 0, 5, 3),
        (9, 0, 5, 0),
        (0, 100, 5, 0),
        (0, 10, 5, 5),
        (0, 20, 5, 4),
        (1, 50, 4, 2),
        (0, 33, 1, 1),
    ],
)
def test_what_is_left_of_points(cost, percent, earned, worth):
    assert Submission(hint_cost=cost, late_percent=percent).worth(earned) == worth


def test_due_is_a_moment_whatever_zone_it_is_written_in(exercise):
    spec = ExerciseSpec.model_validate(exercise.definition | {"due": "2027-01-31T23:59:00+01:00"})
    assert is_late(spec, datetime.fromisoformat("2027-01-31T23:00:00+00:00"))
    assert not is_late(spec, datetime.fromisoformat("2027-01-31T22:59:00+00:00"))
