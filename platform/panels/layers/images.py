"""Read a machine's images with their layers, each image once."""

from typing import Any

from panels.errors import PanelRefused, PanelUnavailable
from panels.layers.history import HistoryStep, ImageDetail, read_detail
from panels.layers.reuse import Reuse, ReuseMemory
from panels.machine import EngineSession, ObservedMachine
from panels.recently_used import RecentlyUsed
from panels.untrusted import items, text, whole
from sandboxes.errors import EngineError

IMAGES_MAX = 100  # the newest; more are counted
NAMES_MAX = 6  # of an image
NAME_CHARS = 200
ID_CHARS = 80
DETAILS_MAX = 2_000  # of all machines
NO_NAME = "<none>:<none>"


class ImageReader:
    """Read images and remember what they are made of, which their id says once and for all.

    By machine, since a student may forge what their own engine says. Safe to use from several
    threads.
    """

    def __init__(self) -> None:
        self._details: RecentlyUsed[tuple[str, str], ImageDetail] = RecentlyUsed(DETAILS_MAX)
        self._reuse = ReuseMemory()

    def read_images(self, machine: ObservedMachine) -> dict[str, Any]:
        """Return {"total", "unread", "images": [{"id", "names", "size", "layers", …}]}.

        A layer is a name of its chain, short, and its bytes. `unread` counts images that the engine
        was too slow to tell about; they come with a later sample. Raises PanelError, EngineError.
        """
        images = []
        with machine.docker_session() as docker:
            rows = [row for row in items(docker.ask("/images/json")) if isinstance(row, dict)]
            rows.sort(key=lambda row: whole(row.get("Created")), reverse=True)
            listed, unread = rows[:IMAGES_MAX], 0
            for number, row in enumerate(listed):
                try:
                    image_id = text(row.get("Id"), ID_CHARS)
                    images.append((row, self._detail(machine, docker, image_id)))
                except PanelRefused:  # it has been removed meanwhile
                    continue
                except (PanelUnavailable, EngineError):
                    unread = len(listed) - number
                    break
        dated = [(float(whole(row.get("Created"))), detail) for row, detail in images]
        reuse = self._reuse.account(machine.machine_id, dated)
        described = [describe_image(row, detail, reuse[detail.image_id]) for row, detail in images]
        return {"total": len(rows), "unread": unread, "images": described}

    def read_detail(self, machine: ObservedMachine, image_id: str) -> ImageDetail:
        """Return what an image is made of. Raises PanelError, EngineError."""
        with machine.docker_session() as docker:
            return self._detail(machine, docker, image_id)

    def _detail(
        self, machine: ObservedMachine, docker: EngineSession, image_id: str
    ) -> ImageDetail:
        key = (machine.machine_id, image_id)
        detail = self._details.get(key)
        if detail is None:
            detail = read_detail(machine, docker, image_id)
            self._details.put(key, detail)
        return detail


def describe_image(row: dict[str, Any], detail: ImageDetail, reuse: Reuse) -> dict[str, Any]:
    """Return what the panel knows of every image."""
    names = [text(name, NAME_CHARS) for name in items(row.get("RepoTags"), NAMES_MAX)]
    layers = zip(detail.chains, detail.sizes, strict=True)
    return {
        "id": detail.image_id,
        "names": [name for name in names if name and name != NO_NAME],
        "size": whole(row.get("Size")),
        "created": whole(row.get("Created")),
        "layers": [[short(chain), size] for chain, size in layers],
        "reused": reuse.layers,
        "reused_from": reuse.source,
        "reuse_observed": reuse.observed,
    }


def describe_steps(detail: ImageDetail) -> dict[str, Any]:
    """Return an image's steps, from the bottom to the top."""
    return {
        "id": detail.image_id,
        "layers": list(detail.layers),
        "steps": [describe_step(step) for step in detail.steps],
    }


def describe_step(step: HistoryStep) -> dict[str, Any]:
    return {
        "verb": step.instruction.verb,
        "text": step.instruction.text,
        "layer": step.layer,
        "size": step.size,
        "created": step.created,
    }


def short(digest: str) -> str:
    """Return as much of a digest as tells it from a few hundred others."""
    return digest.rpartition(":")[2][:16]
