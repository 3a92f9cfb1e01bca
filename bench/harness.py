"""Compare the two servers that the terminal's benchmarks measure."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from bench.shell import Terminal
from bench.stack import Server, StudentMachine
from tests.support.clients.websocket import WebSocket

SUBPROTOCOL = "drydock.v1"


@dataclass(frozen=True)
class Harness:
    """Hold the two servers, and a student with a ready machine."""

    drydock: Server
    relay: Server
    student: StudentMachine
    rounds: int

    def open(self, *, drydock: bool, cookie: int = 0) -> tuple[WebSocket, Terminal]:
        return open_terminal(
            self.drydock if drydock else self.relay, self.student, drydock=drydock, cookie=cookie
        )


def open_terminal(
    server: Server, student: StudentMachine, *, drydock: bool, cookie: int = 0
) -> tuple[WebSocket, Terminal]:
    """Open a shell in the student's machine, by way of Drydock or of the relay."""
    relay_path = f"/{student.machine.container_id}"
    wire = open_wire(server, student, cookie) if drydock else WebSocket(server.port, relay_path)
    return wire, Terminal(wire, drydock=drydock)


def open_wire(server: Server, student: StudentMachine, cookie: int = 0) -> WebSocket:
    return WebSocket(
        server.port, student.path, subprotocol=SUBPROTOCOL, cookie=student.cookies[cookie]
    )


def compare(
    harness: Harness, measure: Callable[[Terminal], list[float]]
) -> tuple[list[float], list[float]]:
    """Return what `measure` gives for Drydock and for the relay, in alternating rounds."""
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(harness.rounds * 2):
        drydock = number % 2 == 0
        wire, terminal = harness.open(drydock=drydock)
        with wire:
            terminal.quiet()
            (ours if drydock else theirs).extend(measure(terminal))
    return ours, theirs


def ratio(ours: list[float], theirs: list[float]) -> float:
    """Return the ratio of the medians."""
    return statistics.median(ours) / statistics.median(theirs)
