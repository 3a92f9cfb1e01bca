"""Define a machine type in one module, as whoever adds one would."""

from collections.abc import Iterator
from contextlib import contextmanager

from sandboxes.engine.limits import MIB, Limits
from sandboxes.machine_types.base import MachineType
from sandboxes.machine_types.registry import register, unregister

TURTLE = MachineType(
    "turtle",
    "Turtle",
    image="turtle",
    limits=Limits(memory_bytes=96 * MIB, pids=17),
    start="/usr/local/sbin/start-turtle",
    has_engine=True,
    can_join_registry=True,
    runs_guests=True,
    opens_in_guest=True,
)


@contextmanager
def registered_turtle() -> Iterator[MachineType]:
    """Register the turtle for as long as the block runs."""
    register(TURTLE)
    yield TURTLE
    unregister(TURTLE.name)
