"""Hold what lesson files say against their models, and put each fault where it stands."""

from typing import Any, TypeVar

from pydantic import BaseModel

from curriculum.errors import LessonFileError
from curriculum.loader.sources import Source
from curriculum.rendering.directives import Problem
from curriculum.rendering.links import LESSON_FILE
from curriculum.schema.error_messages import check_spec
from curriculum.schema.glossary import GLOSSARY_FILE
from curriculum.schema.locations import Location
from curriculum.schema.prerequisites import FIELD
from curriculum.schema.specs import EXERCISE_TEXT_FIELDS, EXERCISE_TOML_FIELDS

COURSE_FILE = "course.toml"
FILE_FIELDS = {
    GLOSSARY_FILE: frozenset({"terms"}),
    COURSE_FILE: frozenset({"title", "summary", "position"}),
    LESSON_FILE: frozenset({"title", "summary", "minutes", "machines", "draft", FIELD}),
    "exercise.md": frozenset(EXERCISE_TEXT_FIELDS),
    "exercise.toml": frozenset(EXERCISE_TOML_FIELDS),
}

SpecT = TypeVar("SpecT", bound=BaseModel)
Errors = list[LessonFileError]


def validate(
    model: type[SpecT], folder_fields: dict[str, Any], sources: tuple[Source, ...], errors: Errors
) -> SpecT | None:
    """Make a model of what the folder and its files say; None when that is not possible.

    A fault is added to `errors` in the file that has the field or should have it.
    """
    data = dict(folder_fields)
    for source in sources:
        known = FILE_FIELDS[source.path.name]
        data.update({key: value for key, value in source.data.items() if key in known})
        for key in source.data.keys() - known:
            message = f"is not a field here; known are {', '.join(sorted(known))}"
            errors.append(source.error((key,), message))
    spec, faults = check_spec(model, data)
    errors += [source_of(place, sources).error(place, message) for place, message in faults]
    return spec


def source_of(location: Location, sources: tuple[Source, ...]) -> Source:
    """Return the file whose list of fields names this one, or else the first."""
    matching = (
        source for source in sources if location and location[0] in FILE_FIELDS[source.path.name]
    )
    return next(matching, sources[0])


def text_error(source: Source, problem: Problem) -> LessonFileError:
    """Return a fault of the text below front matter, with its line in the file."""
    empty_lines = len(source.body) - len(source.body.lstrip("\n"))
    line = source.body_line + problem.line
    text_line = max(1, problem.line - empty_lines + 1)
    return LessonFileError(source.path, line, problem.field, problem.message, text_line)
