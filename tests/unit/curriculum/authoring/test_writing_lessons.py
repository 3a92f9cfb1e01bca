"""Hold docs/writing-lessons.md against the code: its example, and every field."""

import re
from typing import get_args

import pytest
from django.conf import settings

from checks.command import CommandCheck
from checks.file import FileCheck
from checks.process import ProcessCheck
from curriculum.loader.reader import read_courses
from curriculum.loader.script_faults import script_faults
from curriculum.schema.specs import CourseSpec, ExerciseSpec, LessonMachine, LessonSpec
from questions.match import Pair
from questions.options import Option
from questions.registry import Question

QUESTIONS = get_args(get_args(Question)[0])
TEXT = (settings.BASE_DIR / "docs/writing-lessons.md").read_text(encoding="utf-8")
FILE = re.compile(
    r"^`lessons/(?P<path>[^`]+)`\n\n(?P<fence>`{3,})\w+\n(?P<text>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)


def test_the_worked_example_has_no_faults(tmp_path):
    files = list(FILE.finditer(TEXT))
    assert len(files) == 6
    for match in files:
        path = tmp_path / match["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(match["text"])
    courses = read_courses(tmp_path)
    assert script_faults(courses) == []
    assert [exercise.slug for exercise in courses[0].spec.lessons[0].exercises] == ["which-kernel"]


@pytest.mark.parametrize(
    "model",
    [
        CourseSpec,
        LessonSpec,
        LessonMachine,
        ExerciseSpec,
        FileCheck,
        CommandCheck,
        ProcessCheck,
        Option,
        Pair,
        *QUESTIONS,
    ],
)
def test_every_field_is_described(model):
    given_by_folders = {"slug", "body", "lessons", "exercises", "setup", "solution", "wrong"}
    for name in model.model_fields.keys() - given_by_folders:
        assert f"`{name}`" in TEXT or f"`[[{name}]]`" in TEXT, name
