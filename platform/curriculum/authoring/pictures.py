"""Check and clean pictures from the admin before anything of them is kept."""

import re
from pathlib import PurePath
from xml.etree import ElementTree

from curriculum.authoring.photo_process import clean_photo_apart
from curriculum.authoring.photos import UPLOAD_BYTES
from curriculum.errors import UnusablePicture
from curriculum.rendering.photos import CONTENT_TYPES
from curriculum.rendering.svg import MAX_BYTES, clean_source

PICTURE_SUFFIXES = (".svg", *CONTENT_TYPES)
PICTURE_NAME = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*\.(?:svg|png|jpg|webp)")
# One byte more than any picture may have, so that a longer one is noticed.
READ_LIMIT = max(MAX_BYTES, UPLOAD_BYTES) + 1


def picture_name(name: str) -> str:
    """Return a file name that is safe in a folder and in Markdown. Raises UnusablePicture."""
    plain = re.sub(r"[^a-z0-9.]+", "-", PurePath(name).name.lower()).strip("-")
    plain = re.sub(r"\.jpe?g$", ".jpg", plain)
    stem, dot, suffix = plain.rpartition(".")
    plain = stem.replace(".", "-") + dot + suffix
    if not PICTURE_NAME.fullmatch(plain):
        raise UnusablePicture(
            "must be an SVG, PNG, JPEG or WebP picture, named with letters and digits"
        )
    return plain


def clean_picture(content: bytes, name: str) -> tuple[bytes, list[str]]:
    """Return a picture with only what the page may hold, and what was done to it.

    Raises UnusablePicture.
    """
    return clean_svg_file(content) if name.endswith(".svg") else clean_photo_apart(content, name)


def clean_svg_file(content: bytes) -> tuple[bytes, list[str]]:
    """Return an SVG file with only what is allowed in it, and what was taken out."""
    if len(content) > MAX_BYTES:
        raise UnusablePicture(f"is larger than {MAX_BYTES:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnusablePicture("is no SVG picture: it is not UTF-8 text") from error
    root, removed = clean_source(text)
    if "viewBox" not in root.attrib:
        raise UnusablePicture("has no viewBox, so it has no proportions")
    return ElementTree.tostring(root) + b"\n", [f"taken out: {part}" for part in removed]
