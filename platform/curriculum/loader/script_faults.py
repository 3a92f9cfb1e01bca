"""Check what an exercise needs before students see it: scripts that test it, and words.

`solution.sh` passes, each `wrong/<check>-<what>.sh` fails the check that its line
`# fails: <check>` names, and `setup.sh` (optional) prepares the machine. Students never get them. A
quiz has none.
"""

from collections.abc import Iterable
from pathlib import Path

from curriculum.errors import LessonFileError
from curriculum.loader.contents import decode_text
from curriculum.loader.files import CourseFiles, ExerciseFiles, LessonFiles
from curriculum.loader.script_files import failing_check_in
from curriculum.loader.wording_faults import wording_faults


def script_faults(courses: Iterable[CourseFiles]) -> list[LessonFileError]:
    """Find the faults of the scripts of all exercises."""
    lessons = [lesson for course in courses for lesson in course.lessons]
    return [fault for lesson in lessons for fault in unfinished_faults(lesson)]


def unfinished_faults(lesson: LessonFiles) -> list[LessonFileError]:
    """Find what a draft may lack and a lesson that students see may not.

    `check_lessons` and the admin both ask here.
    """
    return [
        fault
        for exercise in lesson.exercises
        for fault in (*faults_of_exercise(exercise), *wording_faults(exercise))
    ]


def faults_of_exercise(exercise: ExerciseFiles) -> list[LessonFileError]:
    """Find the faults of one exercise's scripts; a quiz is tested by its own key."""
    folder = exercise.folder
    if not exercise.spec.checks:
        message = "tests nothing: the exercise has no checks"
        scripts = sorted(folder.rglob("*.sh"))
        return [LessonFileError(path, 1, "script", message) for path in scripts]
    faults = []
    if not (folder / "solution.sh").is_file():
        faults.append(LessonFileError(folder / "solution.sh", 1, "solution", "is missing"))
    wrong_answers = sorted((folder / "wrong").glob("*.sh"))
    if not wrong_answers:
        message = "needs at least one script that fails a check"
        faults.append(LessonFileError(folder / "wrong", 1, "wrong", message))
    ids = {check.id for check in exercise.spec.checks}
    return faults + [fault for path in wrong_answers for fault in faults_of_wrong(path, ids)]


def failing_check(path: Path) -> tuple[str, int]:
    """Return the check that a wrong answer's head names, and the line; ("", 1) without one."""
    return failing_check_in(decode_text(path.read_bytes(), errors="replace"))


def faults_of_wrong(path: Path, ids: set[str]) -> list[LessonFileError]:
    """Find the faults of a wrong answer's script; `ids` are those of the exercise's checks."""
    check, line = failing_check(path)
    if not check:
        message = "begin with a line `# fails: <check id>`"
        return [LessonFileError(path, line, "fails", message)]
    if check not in ids:
        message = f"there is no check {check}; known are {', '.join(sorted(ids))}"
        return [LessonFileError(path, line, "fails", message)]
    if not path.stem.startswith(f"{check}-"):
        return [LessonFileError(path, line, "name", f"must be {check}-<what is wrong>.sh")]
    return []
