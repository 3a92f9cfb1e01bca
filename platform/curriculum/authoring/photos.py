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
UPLOAD_PIXELS = AUTHOR.upload_pixels
# The text is at most about 760 pixels wide; screens have up to three of their own for each.
UPLOAD_SIDE = 2_400

# Each comes closer to what fits; the second mostly does.
ATTEMPTS = 6

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
    fitted, size = fit(pixels, suffix)
    is_reduced = is_reduced or size != pixels.size
    return fitted, [f"made smaller: {format_size(size)} pixels"] if is_reduced else []


def fit(pixels: Image.Image, suffix: str) -> tuple[bytes, tuple[int, int]]:
    """Return a picture's file, with fewer pixels until a page may hold it, and its size."""
    size = pixels.size
    for _attempt in range(ATTEMPTS):
        smaller = pixels if size == pixels.size else pixels.resize(size, Image.Resampling.LANCZOS)
        stream = BytesIO()
        smaller.save(stream, FORMATS[suffix], **SAVE_OPTIONS[suffix])
        if stream.tell() <= MAX_BYTES:
            break
        # A file grows as its pixels do, or a little slower.
        ratio = (MAX_BYTES / stream.tell()) ** 0.5 * 0.95
        size = (max(1, int(size[0] * ratio)), max(1, int(size[1] * ratio)))
    refuse_size(stream.tell(), MAX_BYTES)
    return stream.getvalue(), size


def copy_pixels(image: Image.Image, *, keep_alpha: bool) -> Image.Image:
    """Return nothing but the pixels, the right way up."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I"):  # 16 bits of grey: convert() would cut off what is above 8
        upright = upright.point(lambda value: value * (1 / 256)).convert("L")
    mode = "RGBA" if keep_alpha and upright.has_transparency_data else "RGB"
    pixels = upright.convert(mode)
    pixels.thumbnail((UPLOAD_SIDE, UPLOAD_SIDE))
    return Image.frombytes(mode, pixels.size, pixels.tobytes())
