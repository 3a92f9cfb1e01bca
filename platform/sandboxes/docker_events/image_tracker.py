"""What a machine's own engine has of images, as far as it takes to tell a build from one more name for an image that
was there, and which layers a pull has brought: engines tell of neither.

What the engine says is its student's to forge. It is bounded here, and nothing but a student's own page is told of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sandboxes.docker_events.parser import TEXT_MAX, MachineEvent
from sandboxes.errors import EngineError

IMAGES_MAX = 200
LAYERS_MAX = 128  # of one image; Docker itself allows 127
Ask = Callable[[str], Any]  # a path of the engine's API; raises EngineError


class ImageTracker:
    """The images and layers that one engine has had so far. `ask` fetches JSON from it."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._ids = self._listed()
        self._layers: set[str] = set()
        self._looked_at: set[str] = set()

    def explain(self, event: MachineEvent, image_id: str) -> Iterator[MachineEvent]:
        """An event of the engine's, as what it means. `image_id` is what the engine says that it is about."""
        if event.kind == "image-tagged" and self._is_new(image_id):
            yield replace(event, kind="image-built")
            return
        if event.kind == "image-pulled":
            for layer in self._pulled(event.subject):
                yield replace(event, kind="layer-pulled", subject=layer, image=event.subject)
        yield event

    def _is_new(self, image_id: str) -> bool:
        """Whether it was not there yet; it is from now on."""
        new = image_id not in self._ids
        if len(self._ids) < IMAGES_MAX:
            self._ids.add(image_id)
        return new

    def _pulled(self, name: str) -> list[str]:
        """The layers of an image that no other has. Those of the others are read at the first pull, and not before."""
        try:
            known = self._ids - self._looked_at
            ids = self._listed()
            for image_id in known & ids:
                self._layers |= set(self._layers_of(image_id))
            self._looked_at |= known
            self._ids |= ids
            layers = self._layers_of(name)
        except EngineError:  # it is gone again, or its engine is
            return []
        new = [layer for layer in layers if layer not in self._layers]
        self._layers |= set(new)
        return new

    def _listed(self) -> set[str]:
        images = self._ask("/images/json")
        found = [image.get("Id") for image in images if isinstance(image, dict)] if isinstance(images, list) else []
        return {one for one in found[:IMAGES_MAX] if isinstance(one, str)}

    def _layers_of(self, name: str) -> list[str]:
        image = self._ask(f"/images/{quote(name, safe='')}/json")
        files = image.get("RootFS") if isinstance(image, dict) else None
        layers = files.get("Layers") if isinstance(files, dict) else None
        found = layers[:LAYERS_MAX] if isinstance(layers, list) else []
        return [one[:TEXT_MAX] for one in found if isinstance(one, str)]
