"""Check what students are shown of an exercise's checks: words, no code, and not the answer."""

from collections.abc import Iterator

from curriculum.errors import LessonFileError
from curriculum.loader.files import ExerciseFiles
from curriculum.loader.sources import read_toml


def wording_faults(exercise: ExerciseFiles) -> Iterator[LessonFileError]:
    """Yield the faults of what an exercise's checks say, each at its field."""
    for index, check in enumerate(exercise.spec.checks):
        if fault := check.wording_fault(exercise.spec.body):
            place, message = fault
            table = read_toml(exercise.folder / "exercise.toml")
            yield table.error(("checks", index, *place), message)
