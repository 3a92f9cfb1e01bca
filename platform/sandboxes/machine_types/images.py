"""Name the images that machines are made from.

An instructor's own machines stand beside the types: `image:NAME`, an image from the operator's
list, and `build:COURSE/LESSON/MACHINE`, made from the Dockerfile in the lesson's folder.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from django.conf import settings

from sandboxes.errors import ImageMissing
from sandboxes.machine_types.registry import is_known, machine_type

IMAGE_PREFIX = "image:"
BUILD_PREFIX = "build:"


def tag_of(installation: str, image: str) -> str:
    """Return the name on the engine of an image that is made from a folder of ours."""
    return f"{installation}/{image}:latest"


def image_tag(kind: str, installation: str = "") -> str:
    """Return the name on the engine of the image of a machine type, or of an instructor's own.

    Raises ImageMissing for one that the operator does not allow (any more).
    """
    if kind.startswith(IMAGE_PREFIX):
        name = kind.removeprefix(IMAGE_PREFIX)
        if not image_allowed(name, settings.IMAGES_ALLOWED):
            raise ImageMissing(f"{name} is not among DRYDOCK_IMAGES_ALLOWED")
        return name
    installation = installation or settings.INSTALLATION
    if kind.startswith(BUILD_PREFIX):
        return tag_of(installation, f"lessons/{kind.removeprefix(BUILD_PREFIX)}")
    return tag_of(installation, machine_type(kind).image if is_known(kind) else kind)


def image_allowed(name: str, allowed: Iterable[str]) -> bool:
    """Whether the operator's list has this image.

    The list is DRYDOCK_IMAGES_ALLOWED, with * for any part. A name without a tag means :latest.
    """
    return any(fnmatchcase(_with_tag(name), _with_tag(pattern)) for pattern in allowed)


def _with_tag(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"
