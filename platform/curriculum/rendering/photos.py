"""Check pictures made of pixels: PNG, JPEG and WebP.

A file is what its content says; a name that says otherwise is refused. Pillow decodes them. Its
errors are many and not documented as one family, so `DECODING_ERRORS` names those that its decoders
raise on broken input (https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.open,
and its plugins).
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath

from PIL import Image

from curriculum.errors import UnusablePicture

# What a lesson's folder may hold: a page that students load over a phone should stay one.
MAX_BYTES = 2_000_000
MAX_SIDE = 4_096

CONTENT_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}
FORMATS = {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP"}
# Pillow says MPO of a JPEG with more behind it.
SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "MPO": ".jpg", "WEBP": ".webp"}
DECODING_ERRORS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    ArithmeticError,
    TypeError,
    struct.error,
)


@dataclass(frozen=True)
class Photo:
    """Hold the size, in pixels, of a picture that can be shown."""

    width: int
    height: int


def check_photo(content: bytes, name: str) -> Photo:
    """Decode a picture whole, to see that a lesson's folder may hold it.

    Raises UnusablePicture.
    """
    refuse_size(len(content), MAX_BYTES)
    with open_photo(content, name, MAX_SIDE * MAX_SIDE) as image:
        if max(image.size) > MAX_SIDE:
            size = format_size(image.size)
            raise UnusablePicture(f"is {size} pixels: at most {MAX_SIDE:,} a side")
        image.load()
        return Photo(*image.size)


@contextmanager
def open_photo(content: bytes, name: str, max_pixels: int) -> Iterator[Image.Image]:
    """Open a picture, of which nothing but the head is read yet. Raises UnusablePicture."""
    too_many = UnusablePicture(f"has more than {max_pixels:,} pixels")
    try:
        with Image.open(BytesIO(content), formats=tuple(FORMATS.values())) as image:
            suffix = SUFFIXES[image.format or ""]
            if PurePath(name).suffix != suffix:
                right_name = f"{PurePath(name).stem}{suffix}"
                message = f"is a {FORMATS[suffix]} picture, whatever its name says"
                raise UnusablePicture(f"{message}: call it {right_name}")
            if image.width * image.height > max_pixels:
                raise too_many
            yield image
    except Image.DecompressionBombError as error:
        raise too_many from error
    except DECODING_ERRORS as error:
        raise UnusablePicture("can't be read as a PNG, JPEG or WebP picture") from error


def refuse_size(size: int, max_bytes: int) -> None:
    """Raise UnusablePicture for a file that is too large."""
    if size > max_bytes:
        raise UnusablePicture(f"is larger than {max_bytes:,} bytes")


def format_size(size: tuple[int, int]) -> str:
    """Return a size in pixels as readers know it."""
    return f"{size[0]:,} × {size[1]:,}"
