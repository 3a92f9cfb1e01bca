"""Read what may stand beside course.toml: a glossary and an illustration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curriculum.errors import LessonFileError, UnusablePicture
from curriculum.loader.sources import read_toml
from curriculum.loader.validation import Errors, validate
from curriculum.rendering.headings import heading_id
from curriculum.rendering.markdown import render_text
from curriculum.rendering.page import RenderContext
from curriculum.rendering.svg import clean_ornament
from curriculum.schema.glossary import GLOSSARY_FILE, GlossarySpec, TermSpec

ILLUSTRATION_FILE = "illustration.svg"
PART_FILES = (GLOSSARY_FILE, ILLUSTRATION_FILE)


@dataclass(frozen=True)
class CourseParts:
    """Hold the files beside course.toml, as texts by name, and what they say.

    `glossary` is [{"id", "term", "words", "html"}] in the order of the alphabet, `words` all that
    texts call the term; `illustration` is clean SVG.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    glossary: tuple[dict[str, Any], ...] = ()
    illustration: str = ""


def read_parts(folder: Path, errors: Errors) -> CourseParts:
    """Read a course's parts; faults are added to `errors`."""
    return CourseParts(
        files=part_files(folder, errors),
        glossary=tuple(read_glossary(folder / GLOSSARY_FILE, errors)),
        illustration=read_illustration(folder, errors),
    )


def part_files(folder: Path, errors: Errors) -> dict[str, str]:
    """Return the texts of the parts that a folder has, byte for byte."""
    files = {}
    for name in PART_FILES:
        if (folder / name).is_file():
            try:
                files[name] = (folder / name).read_bytes().decode()
            except UnicodeDecodeError:
                errors.append(LessonFileError(folder / name, 1, "file", "is not UTF-8 text"))
    return files


def read_glossary(file: Path, errors: Errors) -> list[dict[str, Any]]:
    """Read a glossary.toml, if there is one."""
    if not file.is_file():
        return []
    try:
        source = read_toml(file)
    except LessonFileError as error:
        errors.append(error)
        return []
    spec = validate(GlossarySpec, {}, (source,), errors)
    entries = []
    for index, term in enumerate(spec.terms if spec else ()):
        html, problems = render_text(term.meaning, context=RenderContext())
        errors += [source.error(("terms", index, "meaning"), each.message) for each in problems]
        entries.append(glossary_entry(term, html))
    return sorted(entries, key=lambda entry: str(entry["term"]).casefold())


def glossary_entry(term: TermSpec, html: str) -> dict[str, Any]:
    """Return a term as rows and pages have it."""
    words = [term.term, *term.forms]
    return {"id": heading_id(term.term), "term": term.term, "words": words, "html": html}


def read_illustration(folder: Path, errors: Errors) -> str:
    """Read the illustration of a course or a lesson, if its folder has one, as clean SVG."""
    file = folder / ILLUSTRATION_FILE
    if not file.is_file():
        return ""
    try:
        picture = clean_ornament(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        errors.append(LessonFileError(file, 1, "picture", "is not UTF-8 text"))
        return ""
    except UnusablePicture as error:
        errors.append(LessonFileError(file, 1, "picture", str(error)))
        return ""
    errors += [
        LessonFileError(file, 1, "picture", f"may not have {part}") for part in picture.removed
    ]
    return picture.svg
