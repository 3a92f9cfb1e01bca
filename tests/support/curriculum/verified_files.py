"""Hold the files of a course that is verified in real machines and in fakes."""

from pathlib import Path

LESSON = """\
---
title: First
minutes: 5
machines:
  - name: box
    kind: linux
---

## One

::: exercise write
"""
EXERCISE = "---\ntitle: Write\nmachine: box\n---\n\nWrite 42 to `/root/answer`.\n"
CHECKS = """hints = ["Use echo."]

[[checks]]
id = "answer"
kind = "file"
path = "/root/answer"
equals = "42"
message = "It is another."
read = "One"
"""
# What a script of these tests may say: `write TEXT`, `append TEXT`, `fail N`, `hang`.
GOOD = "write 42\n"
WRONG = "# fails: answer\nwrite 41\n"


def write_course(
    folder: Path,
    *,
    lesson: str = LESSON,
    text: str = EXERCISE,
    checks: str = CHECKS,
    solution: str = GOOD,
    wrong: str = WRONG,
) -> Path:
    """Write a course with one exercise below `folder`; return the exercise's folder."""
    lesson_folder = folder / "lessons" / "course" / "01-first"
    exercise = lesson_folder / "exercises" / "write"
    (exercise / "wrong").mkdir(parents=True)
    (lesson_folder.parent / "course.toml").write_text('title = "Course"\n')
    (lesson_folder / "lesson.md").write_text(lesson)
    (exercise / "exercise.md").write_text(text)
    (exercise / "exercise.toml").write_text(checks)
    (exercise / "solution.sh").write_text(solution)
    (exercise / "wrong" / "answer-off-by-one.sh").write_text(wrong)
    return exercise
