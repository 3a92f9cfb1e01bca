"""Say which files a layer adds, changes and removes."""

from typing import Any

from panels.errors import PanelRefused, PanelUnavailable
from panels.layers.changes import (
    compare,
    describe_counts,
    describe_tree,
    find_node,
    grow,
    largest,
    stack,
)
from panels.layers.history import ImageDetail
from panels.layers.listing import Listing, ListingStore
from panels.layers.saved import read_saved
from panels.machine import ObservedMachine

store = ListingStore()


def read_files(
    machine: ObservedMachine, detail: ImageDetail, layer: int, path: str
) -> dict[str, Any]:
    """Return what a layer does below a path, "" for all of it.

    Raises PanelRefused for a path that it does not touch, PanelUnavailable where its files can't be
    read, EngineError.
    """
    stacked = [store.read(machine, chain) for chain in detail.chains[: layer + 1]]
    if stacked[layer] is None:
        stacked = read_saved(machine, detail, store)
    listing = stacked[layer]
    below = [each or Listing(cut=True) for each in stacked[:layer]]
    if listing is None:
        raise PanelUnavailable("The files of this layer can't be read: it may be too large.")
    changes = compare(listing, stack(below))
    root = grow(changes)
    node = find_node(root, path)
    if node is None:
        raise PanelRefused("This layer does not touch that folder.")
    return {
        **describe_tree(node),
        "total": describe_counts(root),
        "largest": [] if path else largest(changes),
        "cut": listing.cut,
        "skipped": listing.skipped,
        "below_known": not any(each.cut for each in below),
    }
