"""Know which images are being built just now.

`manage.py up` and `manage.py images` write it down, workers tell students.
"""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from sandboxes.machine_types.registry import is_known, machine_type


def builds_file() -> Path:
    """Return the file that says who builds, and what."""
    return Path(settings.VAR_DIR) / "images-under-way.json"


@contextlib.contextmanager
def building(images: Iterable[str]) -> Iterator[None]:
    """Say that these images are being built, until the end, however it comes.

    `images` are folders below runtime/images/.
    """
    unfinished = builds_file().with_suffix(".new")
    unfinished.write_text(json.dumps({"pid": os.getpid(), "images": sorted(images)}))
    unfinished.replace(builds_file())
    try:
        yield
    finally:
        builds_file().unlink(missing_ok=True)


def is_being_built(kind: str) -> bool:
    """Whether the image of this machine type is under way. False when its builder is gone."""
    try:
        builds = json.loads(builds_file().read_text())
        os.kill(builds["pid"], 0)
    except (OSError, ValueError):
        return False
    return is_known(kind) and machine_type(kind).image in builds["images"]
