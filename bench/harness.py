"""What the terminal's benchmarks share: the two servers that are compared."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from bench.stack import Seat, Server
from bench.wire import Terminal, Wire

SUBPROTOCOL = "drydock.v1"


@dataclass(frozen=True)
class Stand:
    """The two servers, and a student with a ready machine."""

    drydock: Server
    relay: Server
    seat: Seat
    rounds: int

    def open(self, *, drydock: bool, cookie: int = 0) -> tuple[Wire, Terminal]:
        return open_terminal(self.drydock if drydock else self.relay, self.seat, drydock=drydock, cookie=cookie)


def open_terminal(server: Server, seat: Seat, *, drydock: bool, cookie: int = 0) -> tuple[Wire, Terminal]:
    """A shell in the seat's machine, by way of Drydock or of the relay."""
    wire = open_wire(server, seat, cookie) if drydock else Wire(server.port, f"/{seat.machine.container_id}")
    return wire, Terminal(wire, drydock=drydock)


def open_wire(server: Server, seat: Seat, cookie: int = 0) -> Wire:
    return Wire(server.port, seat.path, subprotocol=SUBPROTOCOL, cookie=seat.cookies[cookie])


def compare(stand: Stand, measure: Callable[[Terminal], list[float]]) -> tuple[list[float], list[float]]:
    """What `measure` gives for Drydock and for the relay, in alternating rounds."""
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(stand.rounds * 2):
        drydock = number % 2 == 0
        wire, terminal = stand.open(drydock=drydock)
        with wire:
            terminal.quiet()
            (ours if drydock else theirs).extend(measure(terminal))
    return ours, theirs


def ratio(ours: list[float], theirs: list[float]) -> float:
    """Of the medians."""
    return statistics.median(ours) / statistics.median(theirs)
