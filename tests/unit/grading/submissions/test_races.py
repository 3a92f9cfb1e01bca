"""Two tabs, two workers, one beat: a submission is made once and counts once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from grading.assignments import assign
from grading.errors import NoMoreAttempts
from grading.models import Score, Submission
from grading.submissions import auto_check, grading, recovery
from grading.submissions.hints import open_hint
from grading.submissions.service import hint_cost, submit
from grading.tasks import grade

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("database_on_disk")]


def race(*works: Callable[[], Any]):
    """The results of several pieces of work, all begun at once."""

    def alone(work):
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(alone, works))


def test_several_tabs_make_one_submission(student, exercise, sandbox, queued, published):
    submission_ids = race(
        *[lambda: submit(assignment=assign(exercise, student), sandbox=sandbox).pk] * 4
    )
    assert len(set(submission_ids)) == 1
    assert len(queued) == 1


def test_several_workers_grade_once(student, exercise, sandbox, queued, published, files, fake):
    files["/root/answer"] = b"42"
    fake.delay["read_file"] = 0.02
    submission = submit(assignment=assign(exercise, student), sandbox=sandbox)
    race(*[lambda: grade(str(submission.pk))] * 4)
    assert Score.objects.get().attempts == 1
    assert [event["payload"]["submission"]["state"] for event in published].count("graded") == 1


def test_a_result_and_an_interruption_leave_one_of_the_two(
    student, exercise, sandbox, queued, published
):
    submission = submit(assignment=assign(exercise, student), sandbox=sandbox)
    taken = grading.claim_submission(submission.pk)
    endings = [lambda: grading.fail(taken, reason="a"), lambda: recovery.interrupt(submission.pk)]
    assert race(*endings * 2).count(True) == 1
    assert Submission.objects.get().state == Submission.State.NOT_GRADED


def test_two_looks_at_once_store_one_pass(
    student, exercise, sandbox, files, published, monkeypatch
):
    files.update({"/root/answer": b"42", "/root/name": b"box"})
    both_judged = threading.Barrier(2)
    evaluate = auto_check.evaluate

    def together(submission, assignment):
        evaluation = evaluate(submission, assignment)
        both_judged.wait(10)
        return evaluation

    monkeypatch.setattr(auto_check, "evaluate", together)
    submission_ids = race(
        *[lambda: auto_check.run_auto_check(assignment=assign(exercise, student), sandbox=sandbox)]
        * 2
    )
    assert submission_ids.count(None) == 1
    assert Score.objects.get().attempts == 1


def test_several_tabs_open_a_hint_once(student, exercise):
    exercise.definition["hints"] = [{"text": "Think.", "cost": 2}]
    race(*[lambda: open_hint(assign(exercise, student), number=1)] * 4)
    assert hint_cost(student, exercise) == 2


def test_several_tabs_use_up_the_last_attempt_once(student, exercise, sandbox, queued, published):
    exercise.definition["attempts"] = 1
    first = submit(assignment=assign(exercise, student), sandbox=sandbox)

    def grade_or_press(press: bool):
        try:
            return (
                submit(assignment=assign(exercise, student), sandbox=sandbox)
                if press
                else grade(str(first.pk))
            )
        except NoMoreAttempts:
            return None

    race(*[lambda press=press: grade_or_press(press) for press in (False, True, True, True)])
    assert Submission.objects.count() == 1
    assert Score.objects.get().attempts == 1
