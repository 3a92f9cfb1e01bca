"""Write the lesson files that verification tries."""

from pathlib import Path

import pytest

from tests.support.curriculum.verified_files import CHECKS, EXERCISE, GOOD, LESSON, WRONG


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a course with one exercise, whose scripts are as they should be."""
    lesson = tmp_path / "lessons" / "course" / "01-first"
    exercise = lesson / "exercises" / "write"
    (exercise / "wrong").mkdir(parents=True)
    (lesson.parent / "course.toml").write_text('title = "Course"\n')
    (lesson / "lesson.md").write_text(LESSON)
    (exercise / "exercise.md").write_text(EXERCISE)
    (exercise / "exercise.toml").write_text(CHECKS)
    (exercise / "solution.sh").write_text(GOOD)
    (exercise / "wrong" / "answer-off-by-one.sh").write_text(WRONG)
    return exercise
