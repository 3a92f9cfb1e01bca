"""Auto-checks: what they tell, what they store, and how many there may be."""

import pytest
from django.core.cache import cache
from django.utils import timezone
from kombu.exceptions import OperationalError

from grading import tasks
from grading.assignments import assign
from grading.models import Score, Submission
from grading.submissions import auto_check, auto_check_throttle
from grading.submissions.auto_check import request_auto_check, run_auto_check
from grading.submissions.service import submit
from grading.tasks import grade
from sandboxes.errors import EngineUnavailable
from sandboxes.models import Sandbox
from tests.support.factories import ScoreFactory, UserFactory
from tests.support.grading import RIGHT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def queued_checks(monkeypatch):
    """The looks that were queued: their arguments."""
    calls = []
    monkeypatch.setattr(
        "core.task_queue.hand_to_broker", lambda _name, args, **_: calls.append(args)
    )
    return calls


@pytest.fixture
def events(monkeypatch, published):
    """What pages were told by looks."""
    sent = []
    monkeypatch.setattr(
        "grading.submissions.auto_check.publish", lambda **event: sent.append(event)
    )
    return sent


@pytest.fixture
def ask(student, exercise, sandbox, queued_checks):
    return lambda: request_auto_check(assignment=assign(exercise, student), sandbox=sandbox)


@pytest.fixture
def see(student, exercise, sandbox, events):
    return lambda: run_auto_check(assignment=assign(exercise, student), sandbox=sandbox)


def test_what_holds_is_told_and_nothing_stored(see, events, files, student):
    files["/root/answer"] = b"42"
    assert see() is None
    (event,) = events
    assert (event["user_id"], event["kind"]) == (student.pk, "look")
    assert event["payload"]["look"]["exercise"] == "course/lesson/first"
    assert [result["passed"] for result in event["payload"]["look"]["results"]] == [True, False]
    assert not Submission.objects.exists()
    assert not Score.objects.exists()


def test_when_all_holds_it_is_an_attempt_that_passed(see, events, published, files):
    files.update(RIGHT)
    submission = see()
    assert (submission.number, submission.state, submission.automatic, submission.score) == (
        1,
        "graded",
        True,
        5,
    )
    stored = Submission.objects.get()
    assert stored.passed
    assert stored.evidence["files"]["/root/answer"]["content"] == {"text": "42\n"}
    score = Score.objects.get()
    assert (score.best, score.attempts, score.passed_at is not None) == (5, 1, True)
    assert [event["payload"]["submission"]["state"] for event in published] == ["graded"]
    assert events == []


def test_a_second_look_at_what_was_passed_stores_nothing(see, files):
    files.update(RIGHT)
    assert see()
    assert see() is None
    assert Score.objects.get().attempts == 1


def test_a_check_on_its_way_goes_first(see, files, student, exercise, sandbox, queued):
    """A look that ends while a submission is open leaves it alone: that one counts."""
    files.update(RIGHT)
    submission = submit(assignment=assign(exercise, student), sandbox=sandbox)
    assert see() is None
    grade(str(submission.pk))
    assert Submission.objects.get().automatic is False
    assert Score.objects.get().attempts == 1


def test_a_fault_is_silent_and_costs_nothing(see, events, fake):
    fake.fail("read_file", EngineUnavailable("no route"))
    assert see() is None
    assert events == []
    assert not Submission.objects.exists()


def test_asking_queues_one(ask, queued_checks, student, exercise):
    answer = ask()
    assert (answer.queued, answer.retry_after) == (True, 3)
    assert queued_checks == [(student.pk, exercise.pk, "auto_check:slot:0")]


def test_a_student_waits_between_two(ask, queued_checks):
    ask()
    again = ask()
    assert (again.queued, again.retry_after) == (False, 3)
    assert len(queued_checks) == 1


def test_so_many_at_once_and_each_other_later(
    ask, queued_checks, django_user_model, exercise, sandbox, settings
):
    settings.LIVE_CHECKS_AT_ONCE = 2
    waits = []
    for number in range(5):
        user = UserFactory(username=f"student{number}")
        answer = request_auto_check(assignment=assign(exercise, user), sandbox=sandbox)
        waits.append(answer.retry_after if not answer.queued else 0)
    assert waits[:2] == [0, 0]
    assert all(wait >= 2 for wait in waits[2:])
    assert len(set(waits[2:])) > 1
    assert [args[2] for args in queued_checks] == ["auto_check:slot:0", "auto_check:slot:1"]
    auto_check_throttle.free_slot("auto_check:slot:0")
    assert auto_check_throttle.queue_auto_check(user=user, exercise=exercise) == 0


def test_the_task_makes_room_whatever_happens(
    student, exercise, sandbox, events, files, monkeypatch
):
    cache.add("auto_check:slot:0", 1, 60)
    tasks.auto_check_exercise(student.pk, exercise.pk, "auto_check:slot:0")
    assert cache.get("auto_check:slot:0") is None
    assert len(events) == 1
    tasks.auto_check_exercise(0, exercise.pk, "auto_check:slot:0")
    cache.add("auto_check:slot:0", 1, 60)
    monkeypatch.setattr(auto_check, "evaluate", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        tasks.auto_check_exercise(student.pk, exercise.pk, "auto_check:slot:0")
    assert cache.get("auto_check:slot:0") is None


def test_a_dead_broker_is_no_error(ask, monkeypatch):
    def refuse(*_: object, **__: object):
        raise OperationalError("away")

    monkeypatch.setattr("core.task_queue.hand_to_broker", refuse)
    answer = ask()
    assert (answer.queued, answer.retry_after) == (False, 30)
    assert cache.get("auto_check:slot:0") is None


def closed(answer, queued_checks):
    return not answer.queued and answer.retry_after == 0 and answer.reason and not queued_checks


def test_none_where_attempts_are_bounded(ask, queued_checks, exercise):
    exercise.definition["attempts"] = 3
    assert closed(ask(), queued_checks)


def test_none_where_it_is_turned_off(ask, queued_checks, settings):
    settings.LIVE_CHECK_SECONDS = 0
    assert closed(ask(), queued_checks)


def test_none_after_a_pass(ask, queued_checks, student, exercise):
    ScoreFactory(user=student, exercise=exercise, passed_at=timezone.now())
    assert closed(ask(), queued_checks)


def test_none_after_a_deadline_that_refuses(ask, queued_checks, exercise):
    exercise.definition |= {"due": "2020-01-01T00:00:00Z", "late": "refuse"}
    assert closed(ask(), queued_checks)


def test_none_without_a_running_machine(student, exercise, sandbox, queued_checks):
    sandbox.state = Sandbox.State.PARKED
    assert closed(
        request_auto_check(assignment=assign(exercise, student), sandbox=sandbox), queued_checks
    )


def test_not_while_it_is_being_checked(
    ask, queued_checks, student, exercise, sandbox, queued, published
):
    submit(assignment=assign(exercise, student), sandbox=sandbox)
    answer = ask()
    assert (answer.queued, answer.retry_after) == (False, 3)
    assert queued_checks == []
