"""Diagrams that come in through the admin: SVG only, checked and cleaned before anything of them is kept."""

import re
from pathlib import PurePath
from xml.etree import ElementTree

from curriculum.errors import UnreadableSvg
from curriculum.svg import MAX_BYTES, clean_source

_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*\.svg")


def picture_name(name: str) -> str:
    """A file name that is safe in a folder and in Markdown. Raises UnreadableSvg."""
    plain = re.sub(r"[^a-z0-9.]+", "-", PurePath(name).name.lower()).strip("-")
    if not _NAME.fullmatch(plain):
        raise UnreadableSvg("must be an .svg file: diagrams stand inside the page, so that they have its colours")
    return plain


def clean_picture(content: bytes) -> tuple[bytes, list[str]]:
    """The picture with only what the page may hold, and what had to go. Raises UnreadableSvg."""
    if len(content) > MAX_BYTES:
        raise UnreadableSvg(f"is larger than {MAX_BYTES:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableSvg("is not UTF-8 text") from error
    root, removed = clean_source(text)
    if "viewBox" not in root.attrib:
        raise UnreadableSvg("has no viewBox, so it has no proportions")
    return ElementTree.tostring(root) + b"\n", removed
