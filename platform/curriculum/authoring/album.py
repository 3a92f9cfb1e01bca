"""The pictures of a lesson: which there are, what they look like, and which texts use them."""

import posixpath
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

from curriculum.authoring.pictures import SUFFIXES
from curriculum.authoring.service import contents_of, save_files
from curriculum.errors import UnusablePicture
from curriculum.models import Lesson
from curriculum.rendering.diagrams import picture_html
from curriculum.rendering.markdown import picture_names


@dataclass(frozen=True)
class AlbumPicture:
    """One picture of a folder. `html` shows it, `users` are the titles of the texts that use it."""

    name: str
    html: str
    users: tuple[str, ...]


def album(lesson: Lesson, folder: str, address: str) -> list[AlbumPicture]:
    """The pictures in one folder of the lesson ("" or `exercises/<slug>/`). `address` is the lesson's page."""
    contents = contents_of(lesson)
    users = _users(lesson, contents)
    return [
        AlbumPicture(path.removeprefix(folder), _shown(path, contents[path], address), tuple(users.get(path, ())))
        for path in contents
        if path.startswith(folder) and "/" not in path.removeprefix(folder) and path.endswith(SUFFIXES)
    ]


def remove_picture(*, lesson: Lesson, path: str) -> Lesson:
    """Take a picture out of the lesson. Raises UnusablePicture, with the names of the texts that use it."""
    contents = contents_of(lesson)
    if users := _users(lesson, contents).get(path):
        raise UnusablePicture(f"is still used by {', '.join(users)}: take it out of the text and save that first")
    return save_files(lesson=lesson, remove=[path])


def _users(lesson: Lesson, contents: Mapping[str, bytes]) -> dict[str, list[str]]:
    """By a picture's path, the texts that use it."""
    titles = {row.slug: row.title for row in lesson.exercises.all()}
    found: dict[str, list[str]] = defaultdict(list)
    for path, content in contents.items():
        if path.endswith(".md"):
            slug = PurePosixPath(path).parent.name
            user = f"the exercise “{titles.get(slug, slug)}”" if slug else "the lesson's text"
            for name in picture_names(content.decode(errors="replace")):
                found[posixpath.normpath(posixpath.join(posixpath.dirname(path), name))].append(user)
    return found


def _shown(path: str, content: bytes, address: str) -> str:
    """A small view of a picture; its name stands beside it, so it has no words of its own."""
    try:
        return picture_html(content, path, f"{address}pictures/{quote(path)}", "")[0]
    except UnusablePicture as error:
        return escape(f"The file {error}.")
