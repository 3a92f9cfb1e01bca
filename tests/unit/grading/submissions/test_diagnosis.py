"""What authors read of a check's script that failed, and students don't."""

import json
import logging

import pytest
from django.urls import reverse

from grading.assignments import assign
from grading.models import Score, Submission
from grading.submissions.auto_check import run_auto_check
from grading.submissions.payload import submission_payload
from sandboxes.engine.checker_protocol import ProbeFact
from tests.support.factories import UserFactory

TRACEBACK = b'Traceback (most recent call last):\n  File "script.py", line 1\nKeyError: 42\n'
SCRIPT = {
    "kind": "script",
    "id": "own",
    "points": 5,
    "script": "{}[42]",
    "message": "No.",
    "read": "Above",
}


@pytest.fixture
def broken_script(exercise, sandbox, fake, monkeypatch):
    """An exercise whose only check is a script that raises."""
    exercise.definition = exercise.definition | {"checks": [SCRIPT]}
    exercise.save()

    def run_isolated(image, files, commands):
        ends = {"exit_code": 1, "stdout": b"", "truncated": False, "timed_out": False}
        return [ProbeFact(id=command.id, stderr=TRACEBACK, **ends) for command in commands]

    monkeypatch.setattr(fake, "run_isolated", run_isolated)
    return exercise


def test_the_traceback_stands_in_the_submission_and_the_log(check, broken_script, caplog):
    with caplog.at_level(logging.WARNING):
        submission = check()
    assert submission.state == Submission.State.NOT_GRADED
    assert "KeyError: 42" in submission.diagnosis
    assert "KeyError: 42" in caplog.text
    assert "course/lesson/first" in caplog.text


def test_the_student_reads_neither_traceback_nor_code(check, broken_script, student, published):
    submission = check()
    assert submission.reason.startswith("The script of own failed with exit code 1;")
    told = json.dumps([submission_payload(submission), published])
    assert "KeyError" not in told
    assert "Traceback" not in told
    assert not Score.objects.exists()


def test_its_author_reads_it_in_the_admin(check, broken_script, client):
    submission = check()
    client.force_login(UserFactory(username="ines", role="instructor", is_staff=True))
    page = client.get(reverse("admin:grading_submission_change", args=[submission.pk]))
    assert "KeyError: 42" in page.content.decode()


def test_an_auto_check_writes_it_to_the_log(broken_script, student, sandbox, caplog):
    with caplog.at_level(logging.WARNING):
        assert run_auto_check(assignment=assign(broken_script, student), sandbox=sandbox) is None
    assert "KeyError: 42" in caplog.text
