"""Which images are being built just now. `manage.py up` and `manage.py images` write it down, workers tell students."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from sandboxes.machine_types.registry import is_known, machine_type


def _file() -> Path:
    return Path(settings.VAR_DIR) / "images-under-way.json"


@contextlib.contextmanager
def building(images: Iterable[str]) -> Iterator[None]:
    """Say so of these images (folders below images/) until the end, however it comes."""
    fresh = _file().with_suffix(".new")
    fresh.write_text(json.dumps({"pid": os.getpid(), "images": sorted(images)}))
    fresh.replace(_file())
    try:
        yield
    finally:
        _file().unlink(missing_ok=True)


def being_built(kind: str) -> bool:
    """Whether the image of this machine kind is under way. False when whoever builds is gone."""
    try:
        said = json.loads(_file().read_text())
        os.kill(said["pid"], 0)
    except (OSError, ValueError):
        return False
    return is_known(kind) and machine_type(kind).image in said["images"]
