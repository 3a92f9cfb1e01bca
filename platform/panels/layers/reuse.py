"""Remember which layers a machine's engine has had, to say what a new image brought with it.

Engines don't tell what a build took from its cache. It follows from what was there: a layer that
was there before, under the same chain and made at the same moment, was taken over. A layer that was
made again and came out the same has another moment.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from panels.layers.history import ImageDetail

MACHINES_MAX = 500
CHAINS_MAX = 4_000
IMAGES_MAX = 400


@dataclass(frozen=True)
class Reuse:
    """Say how many of an image's lowest layers were there before it, and in which image.

    `source` is the id of that image, "" where it has been removed since. `observed` says that the
    image came while somebody watched; otherwise the images' dates tell what was there before.
    """

    layers: int = 0
    source: str = ""
    observed: bool = False


@dataclass
class KnownImages:
    """Hold what is known of one machine."""

    # When a layer was made, and in which image it was last.
    chains: dict[str, tuple[float, str]] = field(default_factory=dict)
    # The images whose highest layer it is: what others are built upon.
    tops: dict[str, str] = field(default_factory=dict)
    images: OrderedDict[str, Reuse] = field(default_factory=OrderedDict)


class ReuseMemory:
    """Account for images as they come. Bounded; safe to use from several threads."""

    def __init__(self) -> None:
        self._machines: OrderedDict[str, KnownImages] = OrderedDict()
        self._lock = threading.Lock()

    def account(
        self, machine_id: str, images: Iterable[tuple[float, ImageDetail]]
    ) -> dict[str, Reuse]:
        """Return what each image found when it came; `images` are there now, with their dates."""
        in_order = [detail for _, detail in sorted(images, key=lambda image: image[0])]
        with self._lock:
            watched = machine_id in self._machines
            known = self._machines.setdefault(machine_id, KnownImages())
            self._machines.move_to_end(machine_id)
            if len(self._machines) > MACHINES_MAX:
                self._machines.popitem(last=False)
            new = [detail for detail in in_order if detail.image_id not in known.images]
            for detail in new:
                known.images[detail.image_id] = find_reuse(
                    detail, known, observed=watched and len(new) == 1
                )
                add_chains(detail, known)
            while len(known.images) > IMAGES_MAX:
                known.images.popitem(last=False)
            here = {detail.image_id for detail in in_order}
            reuses = {
                detail.image_id: known.images.get(detail.image_id, Reuse()) for detail in in_order
            }
        return {
            image_id: reuse if reuse.source in here else Reuse(reuse.layers, "", reuse.observed)
            for image_id, reuse in reuses.items()
        }


def find_reuse(detail: ImageDetail, known: KnownImages, *, observed: bool) -> Reuse:
    """Count the lowest layers that were there; the highest of them names the image."""
    layers, source = 0, ""
    for chain, created in zip(detail.chains, detail.created, strict=True):
        before = known.chains.get(chain)
        if before is None or before[0] != created:
            break
        layers, source = layers + 1, known.tops.get(chain, before[1])
    return Reuse(layers, source, observed)


def add_chains(detail: ImageDetail, known: KnownImages) -> None:
    """Note an image's layers.

    What takes over all layers of an image refers to that image, what takes some to the last that
    had them: so a build refers to what it is built upon, and a changed one to its predecessor.
    """
    for chain, created in zip(detail.chains, detail.created, strict=True):
        if chain in known.chains or len(known.chains) < CHAINS_MAX:
            known.chains[chain] = (created, detail.image_id)
    if detail.chains and len(known.tops) < CHAINS_MAX:
        known.tops.setdefault(detail.chains[-1], detail.image_id)
