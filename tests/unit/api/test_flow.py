"""The API's hints, solution and looks: what is told to whom, and when."""

import json

import pytest
from django.utils import timezone

from grading.models import OpenedHint
from tests.support.factories import ScoreFactory, SubmissionFactory
from tests.support.learners import client_of, ready_sandbox

BASE = "/api/exercises/course/boxes/task"


@pytest.fixture
def allow(exercise):
    """Changes the exercise's policy."""

    def allow(**policy: object) -> None:
        exercise.definition |= policy
        exercise.save()

    return allow


def post(user, path, body=None):
    return client_of(user).post(
        f"{BASE}/{path}", data=json.dumps(body or {}), content_type="application/json"
    )


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


# --- Hints ----------------------------------------------------------------------------------------


def test_a_hint_is_opened_once_and_stays_open(student, exercise):
    first = post(student, "hints", {"number": 1})
    assert first.status_code == 200
    assert first.json()["hints"] == [
        {"number": 1, "cost": 0, "opened": True, "html": "<p>Look at <code>ps</code>.</p>"},
        {"number": 2, "cost": 0, "opened": False, "html": ""},
    ]
    assert post(student, "hints", {"number": 1}).json() == first.json()
    assert OpenedHint.objects.count() == 1
    shown = client_of(student).get("/api/lessons/course/boxes").json()["exercises"][0]["hints"]
    assert shown == first.json()["hints"]


def test_a_hint_is_open_for_who_opened_it(student, other, exercise):
    post(student, "hints", {"number": 1})
    shown = client_of(other).get("/api/lessons/course/boxes").json()["exercises"][0]["hints"]
    assert [hint["html"] for hint in shown] == ["", ""]


@pytest.mark.parametrize(
    ("number", "status"), [(2, 409), (3, 409), (0, 422), ("x", 422), (None, 422)]
)
def test_hints_that_are_not_to_be_had(student, exercise, number, status):
    answer = post(student, "hints", {"number": number})
    assert answer.status_code == status
    assert not OpenedHint.objects.exists()


def test_no_hints_of_a_draft(student, instructor, exercise, lesson):
    lesson.draft = True
    lesson.save()
    assert post(student, "hints", {"number": 1}).status_code == 404
    assert post(instructor, "hints", {"number": 1}).status_code == 200


# --- Solution -------------------------------------------------------------------------------------


def solution(user):
    return client_of(user).get(f"{BASE}/solution")


def test_the_solution_is_shown_to_nobody_unless_the_author_allows_it(student, exercise):
    ScoreFactory(user=student, exercise=exercise, attempts=9, passed_at=timezone.now())
    assert code(solution(student)) == (409, "solution-closed")


@pytest.mark.parametrize(
    ("show", "attempts", "passed", "shown"),
    [
        ("after-pass", 9, False, False),
        ("after-pass", 1, True, True),
        ("after-attempts", 1, False, False),
        ("after-attempts", 2, False, True),
        ("after-attempts", 1, True, True),
    ],
)
def test_the_solution_when_it_is_earned(
    student, exercise, lesson, allow, show, attempts, passed, shown
):
    allow(show_solution=show, solution_after=2 if show == "after-attempts" else 0)
    lesson.files.create(
        path="exercises/task/solution.sh", content=b"# because\necho 42 > /root/answer\n```\n"
    )
    ScoreFactory(
        user=student,
        exercise=exercise,
        attempts=attempts,
        passed_at=timezone.now() if passed else None,
    )
    answer = solution(student)
    if shown:
        assert answer.status_code == 200
        assert "# because" in answer.json()["html"]
        assert "```" in answer.json()["html"]
    else:
        assert code(answer) == (409, "solution-closed")


def test_no_solution_before_the_first_attempt_nor_where_there_is_none(student, exercise, allow):
    allow(show_solution="after-pass")
    assert code(solution(student)) == (409, "solution-closed")
    ScoreFactory(user=student, exercise=exercise, attempts=1, passed_at=timezone.now())
    assert code(solution(student)) == (409, "solution-closed")


# --- Auto-checks and submissions ------------------------------------------------------------------


def test_an_auto_check_is_queued_and_then_waited_for(
    student, lesson, exercise, pooled_machine, monkeypatch
):
    queued = []
    monkeypatch.setattr(
        "core.task_queue.hand_to_broker", lambda _name, args, **_: queued.append(args)
    )
    ready_sandbox(student, lesson, pooled_machine)
    assert post(student, "looks").json() == {"queued": True, "reason": "", "retry_after": 3}
    again = post(student, "looks").json()
    assert (again["queued"], again["retry_after"]) == (False, 3)
    assert len(queued) == 1


def test_a_look_without_a_machine_says_why(student, exercise):
    body = post(student, "looks").json()
    assert (body["queued"], body["retry_after"]) == (False, 0)
    assert "not running" in body["reason"]


def test_refusals_have_codes(student, lesson, exercise, pooled_machine, allow):
    ready_sandbox(student, lesson, pooled_machine)
    allow(attempts=1)
    score = ScoreFactory(user=student, exercise=exercise, attempts=1)
    assert code(post(student, "submissions")) == (409, "no-more-attempts")
    allow(due="2020-01-01T00:00:00Z", late="refuse")
    score.delete()
    assert code(post(student, "submissions")) == (409, "deadline-passed")


def test_a_hidden_check_keeps_its_secret(student, exercise):
    results = [
        {
            "check": "answer",
            "passed": False,
            "hidden": True,
            "expected": "42",
            "found": "41",
            "message": "Hm.",
        }
    ]
    submission = SubmissionFactory(
        user=student,
        exercise=exercise,
        number=1,
        state="graded",
        points=3,
        results=results,
        changed_at=timezone.now(),
    )
    (shown,) = client_of(student).get(f"/api/submissions/{submission.pk}").json()["results"]
    assert (shown["expected"], shown["found"], shown["message"]) == ("", "", "Hm.")
