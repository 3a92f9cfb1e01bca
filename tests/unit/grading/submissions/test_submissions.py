"""From a press of Check to a result: what is graded, what counts, and what a second press does."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from grading.assignments import assign
from grading.errors import SandboxNotReady
from grading.models import Score, Submission
from grading.submissions import grading, recovery
from grading.submissions.payload import submission_payload
from grading.submissions.service import submit
from grading.tasks import grade, resume_submissions
from sandboxes.engine.facts import FileFact
from sandboxes.engine.fake.machine import Killed
from sandboxes.errors import EngineError, EngineUnavailable
from sandboxes.models import Machine, Sandbox

pytestmark = pytest.mark.django_db(transaction=True)
State = Submission.State


def age(submission, **past: float):
    Submission.objects.filter(pk=submission.pk).update(
        changed_at=timezone.now() - timedelta(**past)
    )


def test_a_right_answer_earns_all_points(check, files, exercise, student):
    files.update({"/root/answer": b"42\n", "/root/name": b"my box\n"})
    submission = check()
    assert (submission.state, submission.score, submission.passed) == (State.GRADED, 5, True)
    score = Score.objects.get(user=student, exercise=exercise)
    assert (score.best, score.attempts) == (5, 1)
    assert score.passed_at is not None


def test_a_half_right_answer_earns_its_part(check, files):
    files["/root/answer"] = b"42\n"
    submission = check()
    assert (submission.score, submission.passed) == (3, False)
    assert submission.results[1] == {
        "check": "name",
        "passed": False,
        "points": 2,
        "earned": 0,
        "expected": "/root/name holds a text with “box” in it",
        "found": "no file of that name",
        "message": "The name is missing.",
        "read": "Names",
        "waits_for": [],
        "hidden": False,
    }


def test_the_evidence_and_the_version_are_kept(check, files):
    files["/root/answer"] = b"42\n"
    submission = check()
    assert submission.evidence["files"]["/root/answer"]["content"] == {"text": "42\n"}
    assert submission.evidence["about"]["image"] == "drydock/linux:latest"
    assert submission.exercise_version == "v1"


def test_the_best_score_never_falls(check, files, student, exercise):
    files.update({"/root/answer": b"42\n", "/root/name": b"box\n"})
    check()
    passed_at = Score.objects.get().passed_at
    del files["/root/answer"]
    assert check().score == 2
    score = Score.objects.get(user=student, exercise=exercise)
    assert (score.best, score.attempts, score.passed_at) == (5, 2, passed_at)


def test_attempts_are_numbered(check):
    assert [check().number for _ in range(3)] == [1, 2, 3]


def test_a_second_press_gives_the_first_submission(press, queued):
    assert press().pk == press().pk
    assert len(queued) == 1


def test_a_task_delivered_twice_grades_once(press, fake):
    submission = press()
    grade(str(submission.pk))
    grade(str(submission.pk))
    assert Score.objects.get().attempts == 1


def test_a_vanished_submission_is_no_error(press, student):
    submission = press()
    student.delete()
    grade(str(submission.pk))


@pytest.mark.parametrize(
    "error", [EngineUnavailable("no route"), EngineError("odd")], ids=["away", "odd"]
)
def test_a_platform_fault_never_counts(check, files, fake, error):
    files["/root/answer"] = b"42\n"
    fake.fail("read_file", error)
    submission = check()
    assert (submission.state, submission.score) == (State.NOT_GRADED, 0)
    assert "does not count" in submission.reason
    assert not Score.objects.exists()
    assert check().state == State.GRADED
    assert Score.objects.get().attempts == 1


def test_a_vanished_machine_never_counts(check, fake, sandbox):
    fake.lose(str(sandbox.pk))
    assert check().state == State.NOT_GRADED
    assert not Score.objects.exists()


def test_an_unforeseen_error_closes_the_submission_and_is_raised(press, fake):
    submission = press()
    fake.fail("read_file", ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        grade(str(submission.pk))
    submission.refresh_from_db()
    assert (submission.state, submission.reason) == (State.NOT_GRADED, grading.BROKEN)


@pytest.mark.parametrize("state", [s for s in Sandbox.State if s != Sandbox.State.READY])
def test_without_a_ready_sandbox_nothing_is_submitted(press, student, exercise, sandbox, state):
    sandbox.state = state
    with pytest.raises(SandboxNotReady):
        submit(assignment=assign(exercise, student), sandbox=sandbox)
    with pytest.raises(SandboxNotReady):
        submit(assignment=assign(exercise, student), sandbox=None)
    assert not Submission.objects.exists()


def test_without_its_machine_nothing_is_submitted(press, sandbox):
    Machine.objects.update(state=Machine.State.REMOVING)
    with pytest.raises(SandboxNotReady, match="box"):
        press()


def test_a_sandbox_parked_before_the_task_ran_costs_nothing(press):
    submission = press()
    Sandbox.objects.update(state=Sandbox.State.PARKED)
    grade(str(submission.pk))
    submission.refresh_from_db()
    assert submission.state == State.NOT_GRADED
    assert not Score.objects.exists()


def test_a_late_result_changes_nothing(press, fake, files):
    """A worker that was given up on comes back with a result, while an attempt is under way."""
    submission = press()
    taken = grading.claim_submission(submission.pk)
    assert recovery.interrupt(submission.pk)
    evaluation = grading.Evaluation(results=[], evidence={}, version="v1", score=0)
    assert not grading.finish(taken, evaluation, assign(taken.exercise, taken.user))
    assert not grading.fail(taken, reason="late")
    submission.refresh_from_db()
    assert (submission.state, submission.reason) == (State.NOT_GRADED, recovery.INTERRUPTED)
    assert not Score.objects.exists()
    assert press().number == 2


def test_a_submission_whose_worker_died_is_closed_in_time(press):
    submission = press()
    grading.claim_submission(submission.pk)
    resume_submissions()
    submission.refresh_from_db()
    assert submission.state == State.COLLECTING
    age(submission, seconds=100)
    resume_submissions()
    submission.refresh_from_db()
    assert submission.state == State.NOT_GRADED


def test_the_redelivered_task_of_a_dead_worker_closes_at_once(press):
    submission = press()
    with pytest.raises(Killed):
        deliver(submission, grader=claim_and_die)
    submission.refresh_from_db()
    assert submission.state == State.COLLECTING
    deliver(submission, redelivered=True)
    submission.refresh_from_db()
    assert submission.state == State.NOT_GRADED


def deliver(submission: Submission, *, grader: Any = None, redelivered: bool = False) -> None:
    """Let a worker have the message of a submission; it has the same id each time."""
    with pytest.MonkeyPatch.context() as patch:
        if grader:
            patch.setattr("grading.tasks.grade_submission", grader)
        grade.push_request(id="message-1", delivery_info={"redelivered": redelivered})
        try:
            grade.run(str(submission.pk))
        finally:
            grade.pop_request()


def claim_and_die(submission_id: UUID) -> bool:
    grading.claim_submission(submission_id)
    raise Killed


def test_a_lost_task_is_queued_again_but_not_at_every_beat(press, queued):
    submission = press()
    resume_submissions()
    assert len(queued) == 1
    age(submission, seconds=30)
    resume_submissions()
    resume_submissions()
    assert [str(each) for each in queued] == [str(submission.pk)] * 2


def test_a_dead_broker_leaves_the_submission_in_the_queue(press, monkeypatch, queued, files):
    def refuse(*_: Any, **__: Any):
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr("core.task_queue.hand_to_broker", refuse)
        submission = press()
        assert submission.state == State.QUEUED
    age(submission, seconds=30)
    resume_submissions()
    grade(queued[-1])
    submission.refresh_from_db()
    assert submission.state == State.GRADED


def test_pages_are_told_of_every_step(check, published, student):
    check()
    states = [event["payload"]["submission"]["state"] for event in published]
    assert states == ["queued", "collecting", "graded"]
    assert {(event["user_id"], event["kind"]) for event in published} == {
        (student.pk, "submission")
    }


def test_the_payload_is_json_without_the_evidence(check):
    payload = json.loads(json.dumps(submission_payload(check())))
    assert list(payload) == [
        "id", "exercise", "number", "state", "reason", "score", "points", "passed", "automatic",
        "trial", "late", "late_percent", "hint_cost", "queue", "results", "override", "answers",
        "feedback",
    ]  # fmt: skip
    assert payload["exercise"] == "course/lesson/first"


def test_a_symlink_for_an_answer_is_named_and_not_followed(check, fake, monkeypatch):
    link = FileFact("/root/answer", "symlink", content=b"/root/other")
    monkeypatch.setattr(fake, "read_file", lambda *_: link)
    assert check().results[0]["found"] == "a symbolic link; write a regular file"


def test_an_exercise_that_changed_meanwhile_is_graded_as_it_is_now(press, exercise, files):
    submission = press()
    exercise.definition["checks"] = exercise.definition["checks"][:1]
    exercise.points, exercise.version = 3, "v2"
    exercise.save()
    files["/root/answer"] = b"42"
    grade(str(submission.pk))
    submission.refresh_from_db()
    assert (
        submission.score,
        submission.points,
        submission.passed,
        submission.exercise_version,
    ) == (3, 3, True, "v2")
