"""Each student's own values: in what is checked, in the evidence, and when it is graded again."""

from typing import Any

import pytest

from accounts.models import User
from curriculum.setup_scripts import setup_scripts_for
from grading.assignments import assign
from grading.errors import NotPrepared
from grading.models import Submission
from grading.regrading.service import plan
from grading.submissions.grading import grade_submission
from grading.submissions.service import submit
from sandboxes.models import Machine
from sandboxes.setup_scripts import SetupScript
from tests.support.factories import UserFactory

NUMBER = {"kind": "random", "name": "number", "min": 1000, "max": 999_999}


@pytest.fixture
def varied(exercise: Any) -> Any:
    """The exercise with a number of each student's own for an answer."""
    first, second = exercise.definition["checks"]
    checks = [first | {"equals": "{{ number }}"}, dict(second)]
    exercise.definition = exercise.definition | {"parameters": [NUMBER], "checks": checks}
    exercise.body_html = "<p>Write {{ number }}</p>"
    exercise.save()
    return exercise


@pytest.fixture
def number(varied: Any, student: User) -> str:
    return assign(varied, student).values["number"]


def hand_in(student: User, exercise: Any, sandbox: Any) -> Submission:
    submission = submit(assignment=assign(exercise, student), sandbox=sandbox)
    grade_submission(submission.pk)
    submission.refresh_from_db()
    return submission


def test_students_have_their_own_and_keep_it(varied: Any, student: User) -> None:
    others = [UserFactory(username=f"other{n}") for n in range(5)]
    tasks = [assign(varied, user).task_html for user in (student, *others)]
    assert len(set(tasks)) == 6
    assert tasks[0] == assign(varied, student).task_html
    assert assign(varied, student).spec.checks[0].equals in tasks[0]


def test_an_exercise_without_parameters_is_the_same_for_all(exercise: Any, student: User) -> None:
    assert assign(exercise, student).values == {}
    assert assign(exercise, student).spec.checks[0].equals == "42"


def test_a_students_own_value_passes_and_is_kept(
    varied: Any, number: str, student: User, sandbox: Any, files: Any, queued: Any, published: Any
) -> None:
    files["/root/answer"], files["/root/name"] = number.encode(), b"box"
    submission = hand_in(student, varied, sandbox)
    assert (submission.score, submission.evidence["about"]["parameters"]) == (5, {"number": number})
    files["/root/answer"] = b"{{ number }}"
    assert hand_in(student, varied, sandbox).score == 2


def test_grading_again_takes_the_values_of_then(
    varied: Any, number: str, student: User, sandbox: Any, files: Any, queued: Any, published: Any
) -> None:
    files["/root/answer"], files["/root/name"] = number.encode(), b"box"
    hand_in(student, varied, sandbox)
    varied.definition["parameters"] = [NUMBER | {"min": 5_000_000, "max": 6_000_000}]
    varied.save()
    assert assign(varied, student).values["number"] != number
    [verdict] = plan(Submission.objects.all())
    assert (verdict.kind, verdict.after.score) == ("same", 5)
    varied.definition["parameters"].append({"kind": "value", "name": "word", "value": "box"})
    varied.definition["checks"][1]["contains"] = "{{ word }}"
    varied.save()
    [verdict] = plan(Submission.objects.all())
    assert (verdict.kind, verdict.after.score) == ("same", 5)


def test_setup_scripts_are_asked_for_with_the_students_values(
    varied: Any, number: str, student: User
) -> None:
    assert setup_scripts_for(student.pk, "course/lesson") == []
    varied.setup = "echo {{ number }}"
    varied.save()
    scripts = setup_scripts_for(student.pk, "course/lesson")
    assert scripts == [SetupScript("first", "box", f"echo {number}")]
    assert setup_scripts_for(student.pk, "course/other") == []


def test_setups_are_found_by_one_query(
    varied: Any, student: User, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        setup_scripts_for(student.pk, "course/lesson")


def test_what_is_not_prepared_is_not_graded_and_costs_nothing(
    exercise: Any, student: User, sandbox: Any, queued: Any, published: Any
) -> None:
    machine = sandbox.machines.get()
    submission = submit(assignment=assign(exercise, student), sandbox=sandbox)
    exercise.setup = "exit 1"
    exercise.save()
    grade_submission(submission.pk)  # handed in before the script came
    submission.refresh_from_db()
    assert (submission.state, submission.reason.startswith("Your machine could not be")) == (
        "not_graded",
        True,
    )
    with pytest.raises(NotPrepared):
        submit(assignment=assign(exercise, student), sandbox=sandbox)
    assert Submission.objects.count() == 1
    machine.setup_results = {"first": Machine.SETUP_DONE}
    machine.save()
    assert hand_in(student, exercise, sandbox).state == "graded"
