"""Find and change what lessons say about each other: links to their files, and what comes first."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from curriculum.authoring.lesson_files import save_lesson_files
from curriculum.errors import LessonFileError
from curriculum.loader.contents import Contents, decode_text, stored_contents
from curriculum.loader.sources import FRONT_MATTER, yaml_parser
from curriculum.loader.writer import edit_yaml
from curriculum.models import Lesson
from curriculum.rendering.links import LESSON_FILE
from curriculum.schema.prerequisites import FIELD, full_keys, short_name

# Behind `](`, `](<` or `]: `: a path in a block of code is no link.
LINK = re.compile(
    r"(?:(?<=\]\()|(?<=\]\(<)|(?<=\]: ))"
    rf"(?P<path>(?:\.\./)+[^\s()<>\"'#]*?{re.escape(LESSON_FILE)})"
)


class Moves(NamedTuple):
    """Hold what moves: folders (`course/01-first`) and keys (`course/first`), new by old.

    A key without a new one is gone.
    """

    folders: Mapping[str, str]
    keys: Mapping[str, str | None]


def place_of(lesson: Lesson) -> str:
    """Return `course/folder`. Select the course with the lesson."""
    return f"{lesson.course.slug}/{lesson.folder}"


def follow_moves(moves: Moves) -> None:
    """Change every lesson that names what moves, once it has moved.

    Raises InvalidLessonFiles for a lesson that has other faults.
    """
    old_places = {new: old for old, new in moves.folders.items()}
    lessons = Lesson.objects.filter(archived=False).exclude(folder="").select_related("course")
    for lesson in lessons:
        place = place_of(lesson)
        contents = stored_contents(lesson)
        changed = {
            path: follow_in_text(content, path, old_places.get(place, place), place, moves)
            for path, content in contents.items()
            if path.endswith(".md")
        }
        if any(contents[path] != content for path, content in changed.items()):
            save_lesson_files(lesson.course, lesson, lesson.folder, contents | changed)


def follow_in_text(content: bytes, path: str, before: str, after: str, moves: Moves) -> bytes:
    """Return a Markdown file of a lesson that was in one place and is in another."""
    text = decode_text(content)
    folder = posixpath.dirname(path)

    def follow(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(before, folder, match["path"]))
        new = moves.folders.get(posixpath.dirname(target))
        here = posixpath.join(after, folder)
        return posixpath.relpath(f"{new}/{LESSON_FILE}", here) if new else match["path"]

    edited = LINK.sub(follow, text)
    match = FRONT_MATTER.match(edited) if path == LESSON_FILE else None
    if match:
        head = follow_in_head(match["yaml"], before, after, moves)
        if head != match["yaml"]:
            edited = f"---\n{head}---\n{match['body']}"
    return content if edited == text else edited.encode()


def follow_in_head(head: str, before: str, after: str, moves: Moves) -> str:
    """Return front matter whose prerequisites have their new names, without those that are gone."""
    names = [str(name) for name in (yaml_parser().load(head) or {}).get(FIELD) or ()]
    old_course, new_course = (place.partition("/")[0] for place in (before, after))
    keys = [moves.keys.get(key, key) for key in full_keys(old_course, names)]
    renamed = [short_name(new_course, key) for key in keys if key]
    return edit_yaml(head, {FIELD: renamed}) if renamed != names else head


def lessons_asking_for(keys: set[str]) -> list[Lesson]:
    """Return the lessons, but for these, that have one of them as a prerequisite."""
    lessons = Lesson.objects.filter(archived=False).select_related("course")
    return [
        lesson
        for lesson in lessons
        if lesson.key not in keys
        and keys.intersection(full_keys(lesson.course.slug, lesson.prerequisites))
    ]


def links_to(places: set[str]) -> Iterator[tuple[Lesson, LessonFileError]]:
    """Yield every link to lessons in these places from a lesson in another, with where it is."""
    lessons = Lesson.objects.filter(archived=False).exclude(folder="").select_related("course")
    for lesson in lessons:
        place = place_of(lesson)
        if place not in places:
            for error in link_errors(stored_contents(lesson), place, places.__contains__):
                yield lesson, error


def link_errors(
    contents: Contents, place: str, is_gone: Callable[[str], bool]
) -> Iterator[LessonFileError]:
    """Yield a fault for each link of a lesson to a place that is gone."""
    for path, content in contents.items():
        text = decode_text(content, errors="replace") if path.endswith(".md") else ""
        for match in LINK.finditer(text):
            target = posixpath.normpath(
                posixpath.join(place, posixpath.dirname(path), match["path"])
            )
            if is_gone(posixpath.dirname(target)):
                line = text.count("\n", 0, match.start()) + 1
                message = f"line {line} leads here: take the link out first"
                yield LessonFileError(Path(place) / path, line, "link", message)
