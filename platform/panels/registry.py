"""Find the panels: each module of panels/kinds/ has one, and no list names them."""

import functools
import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from panels import kinds as package
from panels.base import Action, Panel, Topic
from sandboxes.machine_types.base import MachineType


@functools.cache
def _registered() -> dict[str, Panel]:
    modules = pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    found = (getattr(importlib.import_module(module.name), "PANEL", None) for module in modules)
    return {panel.name: panel for panel in found if panel is not None}


@contextmanager
def registered(panel: Panel) -> Iterator[None]:
    """Have one more panel for as long as the block runs."""
    _registered()[panel.name] = panel
    try:
        yield
    finally:
        del _registered()[panel.name]


def panels() -> list[Panel]:
    """Return all panels, in the order in which people read them."""
    return sorted(_registered().values(), key=lambda panel: (panel.position, panel.name))


def panels_for(machine_types: Iterable[MachineType]) -> list[Panel]:
    """Return the panels of a lesson with machines of these types."""
    types = list(machine_types)
    return [panel for panel in panels() if panel.is_for(types)]


def find_topic(name: str) -> Topic | None:
    """Return the topic of that name; several panels may share it."""
    return next((t for panel in panels() for t in panel.topics if t.name == name), None)


def find_action(name: str) -> Action | None:
    """Return the action of that name; several panels may share it."""
    return next((a for panel in panels() for a in panel.actions if a.name == name), None)
