"""Clean pictures made of pixels: PNG, JPEG and WebP."""

from io import BytesIO
from pathlib import PurePath
from typing import Any

from PIL import Image, ImageOps

from core.budgets import AUTHOR
from curriculum.rendering.photos import FORMATS, MAX_BYTES, format_size, open_photo, refuse_size

# What may come in to be made smaller. A phone's camera has 12 to 20 million pixels, each of which
# takes 4 bytes here.
UPLOAD_BYTES = AUTHOR.upload_bytes
UPLOAD_PIXELS = 24_000_000
# The text is at most about 760 pixels wide; screens have up to three of their own for each.
UPLOAD_SIDE = 2_400

SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    ".png": {"optimize": True},
    ".jpg": {"quality": 88, "optimize": True, "progressive": True},
    ".webp": {"quality": 88},
}


def clean_photo(content: bytes, name: str) -> tuple[bytes, list[str]]:
    """Make a picture anew from its pixels alone, and say what was done to it.

    It stands upright and is not larger than a page needs. No text, place, preview, profile or
    further frame of the file comes along. Raises UnusablePicture.
    """
    refuse_size(len(content), UPLOAD_BYTES)
    suffix = PurePath(name).suffix
    with open_photo(content, name, UPLOAD_PIXELS) as image:
        pixels = copy_pixels(image, keep_alpha=suffix != ".jpg")
        is_reduced = max(image.size) > UPLOAD_SIDE
    changes = [f"made smaller: {format_size(pixels.size)} pixels"] if is_reduced else []
    stream = BytesIO()
    pixels.save(stream, FORMATS[suffix], **SAVE_OPTIONS[suffix])
    refuse_size(stream.tell(), MAX_BYTES)
    return stream.getvalue(), changes


def copy_pixels(image: Image.Image, *, keep_alpha: bool) -> Image.Image:
    """Return nothing but the pixels, the right way up."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):  # 16 bits of grey: convert() would cut off what is above 8
        upright = upright.point(lambda value: value * (1 / 256)).convert("L")
    mode = "RGBA" if keep_alpha and upright.has_transparency_data else "RGB"
    pixels = upright.convert(mode)
    pixels.thumbnail((UPLOAD_SIDE, UPLOAD_SIDE))
    return Image.frombytes(mode, pixels.size, pixels.tobytes())
