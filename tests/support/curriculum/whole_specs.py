"""Hold a valid exercise for every kind of check, question and parameter, as forms have them."""

from typing import Any

from checks.registry import CHECK_KINDS
from questions.registry import QUESTION_KINDS

CHECK = {"id": "right", "message": "It should be.", "read": "Above"}
# What a check of each kind needs besides.
CHECKS: dict[str, dict[str, Any]] = {
    "file": {"path": "/root/answer", "equals": "42"},
    "command": {"argv": ["wc", "-l"]},
    "process": {"command": "sleep"},
    "port": {"port": 80},
    "script": {"script": "print(1)"},
    "measurement": {"path": "/root/answer", "of": "memory", "unit": "MiB", "within_percent": 5},
    "container": {
        "name": "web",
        "args": ["nginx"],
        "ports": ["80"],
        "env": ["A=b"],
        "mounts": ["/data"],
        "networks": ["net"],
    },
    "image": {
        "name": "web",
        "entrypoint": ["/app"],
        "cmd": ["-x"],
        "env": ["A"],
        "exposes": ["80"],
    },
    "network": {"name": "net", "members": ["web"]},
    "volume": {"name": "data"},
    "compose": {"project": "app", "services": ["web"]},
    "history": {"event": "container-died"},
    "registry": {"repository": "app"},
    "vm": {"running": True},
    "guest": {"ask": "uname -r", "equals": "6"},
}
QUESTION = {"id": "asked", "text": "What is it?"}
OPTIONS = [{"text": "This", "right": True}, {"text": "That"}]
QUESTIONS: dict[str, dict[str, Any]] = {
    "single": {"options": OPTIONS},
    "multiple": {"options": OPTIONS},
    "number": {"answer": 1.0},
    "short-text": {"accepted": ["uname"]},
    "order": {"items": ["first", "second", "third"]},
    "match": {
        "pairs": [{"left": "a", "right": "b"}, {"left": "c", "right": "d"}],
        "extra": ["e"],
    },
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "value": {"value": "blue"},
    "pick": {"options": ["red", "blue"]},
    "random": {"min": 1, "max": 9},
}


def whole_exercise(check: str = "file", question: str = "single", parameter: str = "value") -> Any:
    """Return the fields of a valid exercise with a row in every list."""
    measurement = CHECKS["measurement"] | CHECK | {"id": "measured", "kind": "measurement"}
    return {
        "slug": "task",
        "title": "A task",
        "machine": "box",
        "body": "Do it.",
        "parameters": [{"kind": parameter, "name": "colour", **PARAMETERS[parameter]}],
        "checks": [{"kind": check, **CHECK, **CHECKS.get(check, {})}, measurement],
        "questions": [{"kind": question, **QUESTION, **QUESTIONS.get(question, {})}],
        "predictions": [
            {"id": "guess", "label": "How much?", "unit": "MiB", "of": "measured", "min": 1.0}
        ],
        "hints": [{"text": "Look.", "cost": 1}],
        "attempts": 3,
        "due": "2027-01-31T23:59:00+00:00",
        "late": "reduce",
        "late_percent": 10,
        "show_solution": "after-attempts",
        "solution_after": 2,
        "setup": "true\n",
        "solution": "true\n",
        "wrong": [{"check": "right", "what": "late", "script": "false\n"}],
    }


def whole_lesson() -> Any:
    """Return the fields of a valid lesson."""
    return {
        "slug": "first",
        "title": "First",
        "summary": "One.",
        "minutes": 5,
        "position": 1,
        "prerequisites": ["zero"],
        "machines": [{"name": "box", "kind": "linux"}, {"name": "web", "image": "nginx"}],
        "body": "Text.",
    }


def whole_course() -> Any:
    """Return the fields of a valid course."""
    return {"slug": "course", "title": "Course", "summary": "All.", "position": 1}


def all_kinds() -> list[tuple[str, str]]:
    """Return every kind of row that an exercise may have, after the list that it stands in."""
    return [
        *(("checks", kind) for kind in CHECK_KINDS.models()),
        *(("questions", kind) for kind in QUESTION_KINDS.models()),
        *(("parameters", kind) for kind in PARAMETERS),
    ]
