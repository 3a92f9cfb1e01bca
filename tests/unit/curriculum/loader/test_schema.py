"""Lessons as typed objects: frozen, and the same after a way through JSON."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from curriculum.loader.files import CourseFiles
from curriculum.loader.reader import read_courses
from curriculum.schema.specs import CourseSpec, ExerciseSpec, LessonSpec


@pytest.fixture
def course(lessons: Path) -> CourseFiles:
    return read_courses(lessons)[0]


def test_a_course_survives_json(course):
    assert CourseSpec.model_validate(course.spec.model_dump(mode="json")) == course.spec
    assert CourseSpec.model_validate_json(course.spec.model_dump_json()) == course.spec


def test_specs_are_frozen(course):
    with pytest.raises(ValidationError):
        course.spec.lessons[0].exercises[0].checks[0].points = 99


def test_what_the_files_say_arrives(course):
    lesson = course.spec.lessons[0]
    assert (lesson.slug, lesson.position, lesson.minutes) == ("first", 1, 5)
    assert [(machine.name, machine.kind) for machine in lesson.machines] == [("box", "linux")]
    assert [exercise.slug for exercise in lesson.exercises] == ["kernel", "sleeper"]
    kernel = lesson.exercises[0]
    assert kernel.points == 3
    assert [hint.text for hint in kernel.hints] == ["Ask `uname`.", "Then *write*."]
    assert [check.kind for check in kernel.checks] == ["file", "command"]


def test_a_lesson_refuses_an_exercise_in_a_machine_it_lacks(course):
    data = course.spec.lessons[0].model_dump(mode="json")
    data["machines"][0]["name"] = "other"
    with pytest.raises(ValidationError, match="no machine named box"):
        LessonSpec.model_validate(data)


def test_a_lesson_refuses_the_same_exercise_twice(course):
    data = course.spec.lessons[0].model_dump(mode="json")
    data["exercises"].append(data["exercises"][0])
    with pytest.raises(ValidationError, match="kernel is there twice"):
        LessonSpec.model_validate(data)


def test_a_command_may_be_judged_by_its_exit_code_alone():
    check = {"kind": "command", "id": "a", "argv": ["true"], "message": "m", "read": "r"}
    spec = ExerciseSpec.model_validate(
        {"slug": "a", "title": "A", "machine": "box", "checks": [check]}
    )
    assert spec.checks[0].matchers() == ()
    assert spec.checks[0].exit_code == 0
