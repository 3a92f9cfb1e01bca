"""Hand in and correct without an engine."""

from typing import Any

from grading.models import Score
from tests.support.checks.evidence import evidence, file_seen
from tests.support.factories import SubmissionFactory

RIGHT = {"/root/answer": b"42\n", "/root/name": b"my box\n"}
CHECKS = [
    {
        "kind": "file",
        "id": "answer",
        "points": 3,
        "path": "/root/answer",
        "equals": "42",
        "message": "The answer is another.",
        "read": "What it costs",
    },
    {
        "kind": "file",
        "id": "name",
        "points": 2,
        "path": "/root/name",
        "contains": "box",
        "message": "The name is missing.",
        "read": "Names",
    },
]


def hand_in(user, exercise, *, answer=b"41\n", name=b"box\n", number=1):
    """A graded submission, as the exercise's two checks (3 and 2 points) judged it."""
    earned = {"answer": 3 * (answer == b"42\n"), "name": 2 * (name == b"box\n")}
    results = [
        {"check": check, "passed": bool(got), "points": points, "earned": got, "message": ""}
        for (check, got), points in zip(earned.items(), (3, 2), strict=True)
    ]  # fmt: skip
    score = sum(earned.values())
    Score.objects.update_or_create(
        user=user, exercise=exercise, defaults={"best": score, "attempts": number}
    )
    observed = evidence(files={"/root/answer": file_seen(answer), "/root/name": file_seen(name)})
    return SubmissionFactory(
        user=user,
        exercise=exercise,
        number=number,
        state="graded",
        score=score,
        points=5,
        passed=score == 5,
        results=results,
        evidence=observed,
        exercise_version="v1",
    )


def correct(exercise, check=0, **fields: Any):
    """Change one of the exercise's checks."""
    exercise.definition["checks"][check] = {**exercise.definition["checks"][check], **fields}
    exercise.version = "v2"
    exercise.save()
