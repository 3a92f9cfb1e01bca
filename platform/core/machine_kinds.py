"""The names of machine kinds: what lessons may ask for and what sandboxes can make, which may not import each other."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Literal, get_args

MachineKind = Literal["linux", "docker", "vm", "vm-resume", "hypervisor"]
MACHINE_KINDS: tuple[MachineKind, ...] = get_args(MachineKind)
# Those in which the student types into a guest.
GUEST_KINDS: tuple[MachineKind, ...] = ("vm", "vm-resume")

# An instructor's own machines stand beside the kinds: `image:NAME`, an image from the operator's list, and
# `build:COURSE/LESSON/MACHINE`, made from the Dockerfile in the lesson's folder.
IMAGE_PREFIX = "image:"
BUILD_PREFIX = "build:"


def image_allowed(name: str, allowed: Iterable[str]) -> bool:
    """Whether the operator's list (DRYDOCK_IMAGES_ALLOWED, with * for any part) has this image. A name without a tag
    means :latest."""
    return any(fnmatchcase(_tagged(name), _tagged(pattern)) for pattern in allowed)


def _tagged(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"
