"""Pictures made of pixels: PNG, JPEG and WebP. What a file is, its content says; a name that says otherwise is refused.

Pillow decodes them. Its errors are many and not documented as one family, so `_BROKEN` names those that its decoders
raise on broken input (https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.open, and its plugins).
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePath
from typing import Any

from PIL import Image, ImageOps

from curriculum.errors import UnusablePicture

# What a lesson's folder may hold: a page that students load over a phone should stay one.
MAX_BYTES = 2_000_000
MAX_SIDE = 4_096
# What may come in to be made smaller: a phone's camera has 12 to 20 million pixels, each of which takes 4 bytes here.
UPLOAD_BYTES = 12_000_000
UPLOAD_PIXELS = 24_000_000
# The text is at most about 760 pixels wide; screens have up to three of their own for each.
UPLOAD_SIDE = 2_400

CONTENT_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}
_SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "MPO": ".jpg", "WEBP": ".webp"}  # MPO: a JPEG with more behind it
_NAMES = {".png": "PNG", ".jpg": "JPEG", ".webp": "WEBP"}
_SAVE: dict[str, dict[str, Any]] = {
    ".png": {"optimize": True},
    ".jpg": {"quality": 88, "optimize": True, "progressive": True},
    ".webp": {"quality": 88},
}
_BROKEN = (
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
    """A picture that can be shown; sizes in pixels."""

    width: int
    height: int


def check_photo(content: bytes, name: str) -> Photo:
    """A picture as a lesson's folder may hold it, decoded whole to see that it can be. Raises UnusablePicture."""
    _refuse_size(len(content), MAX_BYTES)
    with _opened(content, name, MAX_SIDE * MAX_SIDE) as image:
        if max(image.size) > MAX_SIDE:
            raise UnusablePicture(f"is {_by(image.size)} pixels: at most {MAX_SIDE:,} a side")
        image.load()
        return Photo(*image.size)


def clean_photo(content: bytes, name: str) -> tuple[bytes, list[str]]:
    """The picture made anew from its pixels alone, upright and not larger than a page needs, and what was done to it.
    No text, place, preview, profile or further frame of the file comes along. Raises UnusablePicture."""
    _refuse_size(len(content), UPLOAD_BYTES)
    with _opened(content, name, UPLOAD_PIXELS) as image:
        bare = _bare(image, may_be_clear=PurePath(name).suffix != ".jpg")
        done = [f"made smaller: {_by(bare.size)} pixels"] if max(image.size) > UPLOAD_SIDE else []
    made = BytesIO()
    suffix = PurePath(name).suffix
    bare.save(made, _NAMES[suffix], **_SAVE[suffix])
    _refuse_size(made.tell(), MAX_BYTES)
    return made.getvalue(), done


def _bare(image: Image.Image, *, may_be_clear: bool) -> Image.Image:
    """Nothing but pixels, the right way up."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):  # grey of 16 bits, of which convert() would cut off what is above 8
        upright = upright.point(lambda value: value * (1 / 256)).convert("L")
    mode = "RGBA" if may_be_clear and upright.has_transparency_data else "RGB"
    pixels = upright.convert(mode)
    pixels.thumbnail((UPLOAD_SIDE, UPLOAD_SIDE))
    return Image.frombytes(mode, pixels.size, pixels.tobytes())


@contextmanager
def _opened(content: bytes, name: str, most_pixels: int) -> Iterator[Image.Image]:
    """The picture, of which nothing but its head has been read yet."""
    try:
        with Image.open(BytesIO(content), formats=tuple(dict.fromkeys(_NAMES.values()))) as image:
            _refuse_type(image.format or "", name)
            if image.width * image.height > most_pixels:
                raise UnusablePicture(f"has more than {most_pixels:,} pixels")
            yield image
    except Image.DecompressionBombError as error:
        raise UnusablePicture(f"has more than {most_pixels:,} pixels") from error
    except _BROKEN as error:
        raise UnusablePicture("can't be read as a PNG, JPEG or WebP picture") from error


def _refuse_type(found: str, name: str) -> None:
    right = _SUFFIXES[found]
    if PurePath(name).suffix != right:
        raise UnusablePicture(
            f"is a {_NAMES[right]} picture, whatever its name says: call it {PurePath(name).stem}{right}"
        )


def _refuse_size(size: int, most: int) -> None:
    if size > most:
        raise UnusablePicture(f"is larger than {most:,} bytes")


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]:,} × {size[1]:,}"
