"""Track the images of a machine's own engine, to explain its events.

That is as far as it takes to tell a build from a further name for an image that was there, and
which layers a pull has brought: engines tell of neither.

What the engine says is its student's to forge. It is bounded here, and nothing but a student's own
page is told of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sandboxes.docker_events.parser import TEXT_MAX, MachineEvent
from sandboxes.errors import EngineError

IMAGES_MAX = 200
LAYERS_MAX = 128  # of an image; Docker itself allows 127
Ask = Callable[[str], Any]  # takes a path of the engine's API; raises EngineError


class ImageTracker:
    """Remember the images and layers that an engine has had; `ask` fetches JSON from it."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._ids = self._list_images()
        self._layers: set[str] = set()
        self._read_images: set[str] = set()

    def explain(self, event: MachineEvent, image_id: str) -> Iterator[MachineEvent]:
        """Yield what an event of the engine's means; `image_id` is what it says it is about."""
        if event.kind == "image-tagged" and self._add_image(image_id):
            yield replace(event, kind="image-built")
            return
        if event.kind == "image-pulled":
            for layer in self._pulled_layers(event.subject):
                yield replace(event, kind="layer-pulled", subject=layer, image=event.subject)
        yield event

    def _add_image(self, image_id: str) -> bool:
        """Whether the image was not there yet; it is from now on."""
        new = image_id not in self._ids
        if len(self._ids) < IMAGES_MAX:
            self._ids.add(image_id)
        return new

    def _pulled_layers(self, name: str) -> list[str]:
        """List the layers of an image that no other image has.

        Those of the others are read at the first pull, and not before.
        """
        try:
            unread = self._ids - self._read_images
            ids = self._list_images()
            for image_id in unread & ids:
                self._layers |= set(self._layers_of(image_id))
            self._read_images |= unread
            self._ids |= ids
            layers = self._layers_of(name)
        except EngineError:  # it is gone again, or its engine is
            return []
        new = [layer for layer in layers if layer not in self._layers]
        self._layers |= set(new)
        return new

    def _list_images(self) -> set[str]:
        images = self._ask("/images/json")
        rows = images if isinstance(images, list) else []
        ids = [row.get("Id") for row in rows if isinstance(row, dict)]
        return {id_ for id_ in ids[:IMAGES_MAX] if isinstance(id_, str)}

    def _layers_of(self, name: str) -> list[str]:
        image = self._ask(f"/images/{quote(name, safe='')}/json")
        files = image.get("RootFS") if isinstance(image, dict) else None
        layers = files.get("Layers") if isinstance(files, dict) else None
        first = layers[:LAYERS_MAX] if isinstance(layers, list) else []
        return [layer[:TEXT_MAX] for layer in first if isinstance(layer, str)]
