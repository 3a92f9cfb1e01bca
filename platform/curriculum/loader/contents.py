"""Read and write the files of a lesson's folder, on the disk and in the database."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from curriculum.models import Lesson

Contents = Mapping[str, bytes]


def read_contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its path from there; hidden ones are left out."""
    files = (path for path in folder.rglob("*") if path.is_file())
    visible = sorted(path for path in files if not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in visible}


def stored_contents(lesson: Lesson) -> dict[str, bytes]:
    """Return the lesson's files as the database has them, by their paths. One query."""
    return {path: bytes(content) for path, content in lesson.files.values_list("path", "content")}


def decode_text(content: bytes, errors: str = "strict") -> str:
    """Return a file's text: UTF-8 with plain line ends, and without a byte order mark.

    Raises UnicodeDecodeError.
    """
    text = content.decode("utf-8-sig", errors)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def contents_below(contents: Contents, folder: str) -> dict[str, bytes]:
    """Return the files in a folder (`exercises/<slug>/`), by their paths from there."""
    return {
        path.removeprefix(folder): content
        for path, content in contents.items()
        if path.startswith(folder)
    }


def write_contents(folder: Path, contents: Contents) -> list[Path]:
    """Write the files that are missing or differ, and return those."""
    written = []
    for path, content in contents.items():
        file = folder / path
        if not file.is_file() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            written.append(file)
    return written


def hash_contents(contents: Contents) -> str:
    """Return the SHA-256 of the files' paths and contents, in hex."""
    digest = hashlib.sha256()
    for path in sorted(contents):
        digest.update(f"{path}\0{hashlib.sha256(contents[path]).hexdigest()}\n".encode())
    return digest.hexdigest()
