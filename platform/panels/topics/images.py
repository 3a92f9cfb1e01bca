"""Read the images of a machine's own Docker engine, with the number of their layers."""

import re
from typing import Any

from panels.base import Topic
from panels.errors import PanelError
from panels.machine import EngineSession, ObservedMachine
from panels.recently_used import RecentlyUsed
from panels.untrusted import describe_some, items, record, text, whole

SHOWN_MAX = 200
CHARS_MAX = 200_000
NAMES_MAX = 16  # of one image
IMAGE_ID = re.compile(r"sha256:[0-9a-f]{64}")
# An image's layers never change, so each image is asked about once. New ones are asked about a few
# at a time; the rest follows with the next sample.
ASKED_AT_ONCE = 40
REMEMBERED_MAX = 20_000


# By machine, since a student may forge what their own engine says.
layer_counts: RecentlyUsed[tuple[str, str], int] = RecentlyUsed(REMEMBERED_MAX)


def read_images(machine: ObservedMachine) -> dict[str, Any]:
    """Return {"total", "bytes", "images": [{"id", "names", "created", "bytes", "layers"}]}.

    The newest come first. `layers` is null where it is not known yet, `bytes` of the whole is what
    images would take if they shared no layers.
    """
    with machine.docker_session() as docker:
        rows = [row for row in items(docker.ask("/images/json")) if isinstance(row, dict)]
        rows.sort(key=lambda row: whole(row.get("Created")), reverse=True)
        count_layers(docker, machine.machine_id, rows[:SHOWN_MAX])

    def describe(row: dict[str, Any]) -> dict[str, Any]:
        image_id = text(row.get("Id"), 71)
        return {
            "id": image_id,
            "names": [text(name) for name in items(row.get("RepoTags"), NAMES_MAX)],
            "created": whole(row.get("Created")),
            "bytes": whole(row.get("Size")),
            "layers": layer_counts.get((machine.machine_id, image_id)),
        }

    images = describe_some(rows[:SHOWN_MAX], describe, chars=CHARS_MAX)
    size = sum(whole(row.get("Size")) for row in rows)
    return {"total": len(rows), "bytes": whole(size), "images": images}


def count_layers(docker: EngineSession, machine_id: str, rows: list[dict[str, Any]]) -> None:
    """Ask about images that are not known yet, a few at a time."""
    ids = [text(row.get("Id"), 71) for row in rows]
    unknown = [
        image_id
        for image_id in ids
        if IMAGE_ID.fullmatch(image_id) and layer_counts.get((machine_id, image_id)) is None
    ]
    for image_id in unknown[:ASKED_AT_ONCE]:
        try:
            image = record(docker.ask(f"/images/{image_id}/json"))
        except PanelError:  # removed meanwhile
            continue
        layers = items(record(image.get("RootFS")).get("Layers"))
        layer_counts.put((machine_id, image_id), len(layers))


IMAGES = Topic("images", read_images, seconds=15.0, follows_events=True)
