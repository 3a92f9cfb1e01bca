"""The scripts that test the work of an exercise, in its folder: `solution.sh` passes, each `wrong/<check id>-<what>.sh`
fails the check that its line `# fails: <check id>` names, `setup.sh` (optional) prepares the machine. Students never
get them. A quiz has none."""

from collections.abc import Iterable
from pathlib import Path

from curriculum.errors import LessonFileError
from curriculum.loader.reader import CourseFiles, ExerciseFiles
from curriculum.loader.script_files import failing_check_in


def script_faults(courses: Iterable[CourseFiles]) -> list[LessonFileError]:
    """What is wrong with the scripts of all exercises."""
    lessons = [lesson for course in courses for lesson in course.lessons]
    exercises = [exercise for lesson in lessons for exercise in lesson.exercises]
    return [fault for exercise in exercises for fault in _exercise_faults(exercise)]


def _exercise_faults(exercise: ExerciseFiles) -> list[LessonFileError]:
    if not exercise.spec.checks:
        return _useless(exercise)
    faults = []
    if not (exercise.folder / "solution.sh").is_file():
        faults.append(LessonFileError(exercise.folder / "solution.sh", 1, "solution", "is missing"))
    wrong = sorted((exercise.folder / "wrong").glob("*.sh"))
    if not wrong:
        message = "needs at least one script that fails a check"
        faults.append(LessonFileError(exercise.folder / "wrong", 1, "wrong", message))
    ids = {check.id for check in exercise.spec.checks}
    return faults + [fault for path in wrong for fault in _wrong_faults(path, ids)]


def _useless(exercise: ExerciseFiles) -> list[LessonFileError]:
    """A quiz is tested by its own key."""
    message = "tests nothing: the exercise has no checks"
    return [LessonFileError(path, 1, "script", message) for path in sorted(exercise.folder.rglob("*.sh"))]


def failing_check(path: Path) -> tuple[str, int]:
    """The check id that a wrong answer's head names, and the line; ("", 1) when it names none."""
    return failing_check_in(path.read_text(encoding="utf-8", errors="replace"))


def _wrong_faults(path: Path, ids: set[str]) -> list[LessonFileError]:
    named, line = failing_check(path)
    known = ", ".join(sorted(ids))
    if not named:
        return [LessonFileError(path, line, "fails", "begin with a line `# fails: <check id>`")]
    if named not in ids:
        return [LessonFileError(path, line, "fails", f"there is no check {named}; known are {known}")]
    if not path.stem.startswith(f"{named}-"):
        return [LessonFileError(path, line, "name", f"must be {named}-<what is wrong>.sh")]
    return []
