"""Two tabs, two workers, one beat: whoever comes first, a submission is made once and counts once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from grading import services
from grading.models import Score, Submission
from grading.submissions import submit
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
    made = race(*[lambda: submit(user=student, exercise=exercise, sandbox=sandbox).pk] * 4)
    assert len(set(made)) == 1
    assert len(queued) == 1


def test_several_workers_grade_once(student, exercise, sandbox, queued, published, files, fake):
    files["/root/answer"] = b"42"
    fake.delay["read_file"] = 0.02
    submission = submit(user=student, exercise=exercise, sandbox=sandbox)
    race(*[lambda: grade(str(submission.pk))] * 4)
    assert Score.objects.get().attempts == 1
    assert [event["payload"]["submission"]["state"] for event in published].count("graded") == 1


def test_a_result_and_an_interruption_leave_one_of_the_two(student, exercise, sandbox, queued, published):
    submission = submit(user=student, exercise=exercise, sandbox=sandbox)
    taken = services.take(submission.pk)
    give_up = [lambda: services.fail(taken, reason="a"), lambda: services.interrupt(submission.pk)]
    assert race(*give_up * 2).count(True) == 1
    assert Submission.objects.get().state == Submission.State.NOT_GRADED
