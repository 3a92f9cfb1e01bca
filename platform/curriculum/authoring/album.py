"""List the pictures of a lesson: what they look like, and which texts use them."""

import posixpath
from collections import defaultdict
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath
from urllib.parse import quote

from curriculum.authoring.pictures import PICTURE_SUFFIXES
from curriculum.authoring.service import save_files
from curriculum.errors import UnusablePicture
from curriculum.loader.contents import Contents, contents_below, stored_contents
from curriculum.models import Lesson
from curriculum.rendering.diagrams import picture_html
from curriculum.rendering.markdown import picture_names


@dataclass(frozen=True)
class AlbumPicture:
    """Hold one picture of a folder.

    `html` shows it, `users` are the titles of the texts that use it.
    """

    name: str
    html: str
    users: tuple[str, ...]


def album(lesson: Lesson, folder: str, address: str) -> list[AlbumPicture]:
    """Return the pictures in one folder of the lesson ("" or `exercises/<slug>/`).

    `address` is the lesson's page.
    """
    contents = stored_contents(lesson)
    users = picture_users(lesson, contents)
    return [
        AlbumPicture(
            name,
            small_view(folder + name, content, address),
            tuple(users.get(folder + name, ())),
        )
        for name, content in contents_below(contents, folder).items()
        if "/" not in name and name.endswith(PICTURE_SUFFIXES)
    ]


def remove_picture(*, lesson: Lesson, path: str) -> Lesson:
    """Take a picture out of the lesson.

    Raises UnusablePicture, with the titles of the texts that use it.
    """
    if users := picture_users(lesson, stored_contents(lesson)).get(path):
        titles = ", ".join(users)
        raise UnusablePicture(
            f"is still used by {titles}: take it out of the text and save that first"
        )
    return save_files(lesson=lesson, remove=[path])


def picture_users(lesson: Lesson, contents: Contents) -> dict[str, list[str]]:
    """Map each picture's path to the texts that use it."""
    titles = {row.slug: row.title for row in lesson.exercises.all()}
    users: dict[str, list[str]] = defaultdict(list)
    for path, content in contents.items():
        if path.endswith(".md"):
            folder = PurePosixPath(path).parent
            title = titles.get(folder.name, folder.name)
            user = f"the exercise “{title}”" if folder.name else "the lesson's text"
            for name in picture_names(content.decode(errors="replace")):
                users[posixpath.normpath(str(folder / name))].append(user)
    return users


def small_view(path: str, content: bytes, address: str) -> str:
    """Return a small view of a picture; its name stands beside it, so it needs no other text."""
    try:
        return picture_html(content, path, f"{address}pictures/{quote(path)}", "")[0]
    except UnusablePicture as error:
        return escape(f"The file {error}.")
