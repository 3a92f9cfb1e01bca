"""Read which calls clients made of a machine's Docker engine, from its call recorder.

The recorder (runtime/call-recorder) is a program in the machine: its student may end it, or have
another say whatever they like in its place.
"""

import json
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from panels.base import Topic
from panels.errors import PanelUnavailable
from panels.machine import ObservedMachine
from panels.untrusted import items, number, record, text, whole
from sandboxes.engine.interface import Connection
from sandboxes.errors import EngineError, EngineUnavailable, MachineMissing
from sandboxes.machine_types.docker import CALLS_SOCKET

SHOWN_MAX = 100
PATH_CHARS = 256
LINE_BYTES = 128 * 1024  # a recorder's longest is 90 KB
SECONDS = 3.0
# Connections that are kept from one sample to the next; recorders let the oldest of theirs go.
READERS_MAX = 500

NO_RECORDER = (
    "Calls can't be seen in this machine: nothing in it records them. Machines that were started "
    "before this was there, and those whose recorder was ended, have none. A reset makes a new one."
)


@dataclass
class Reader:
    """Hold a connection to a recorder, and what it said last."""

    connection: Connection
    version: int = 0
    calls: dict[str, Any] = field(default_factory=lambda: {"total": 0, "calls": []})

    def read(self) -> dict[str, Any]:
        """Return the calls. Raises EngineError."""
        self.connection.send(b"%d\n" % self.version)
        report = parse_report(receive_line(self.connection))
        if isinstance(report.get("calls"), list):
            self.version = whole(report.get("version"))
            self.calls = describe_calls(report)
        return self.calls


class Readers:
    """Keep the connections of machines that are watched; a lost one is made again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers: OrderedDict[str, Reader] = OrderedDict()

    def read(self, machine: ObservedMachine) -> dict[str, Any]:
        """Return a machine's calls. Raises EngineError, PanelUnavailable."""
        reader = self._take(machine.container_id)
        if reader:
            try:
                return self._read(machine.container_id, reader)
            except EngineError:  # it was ended, or has let us go: there may be a new one
                pass
        return self._read(machine.container_id, Reader(open_recorder(machine)))

    def _read(self, container_id: str, reader: Reader) -> dict[str, Any]:
        try:
            calls = reader.read()
        except BaseException:
            reader.connection.close()
            raise
        with self._lock:
            replaced = self._readers.pop(container_id, None)
            self._readers[container_id] = reader
            dropped = (
                self._readers.popitem(last=False)[1] if len(self._readers) > READERS_MAX else None
            )
        for unused in (replaced, dropped):
            if unused:
                unused.connection.close()
        return calls

    def _take(self, container_id: str) -> Reader | None:
        with self._lock:
            return self._readers.pop(container_id, None)


readers = Readers()


def read_calls(machine: ObservedMachine) -> dict[str, Any]:
    """Return {"total", "calls": [{"id", "time", "method", "path", "status", "ms", …}]}.

    The oldest come first. `time` is in milliseconds since 1970; `status` is 0 without an answer,
    `ms` how long it took to begin; `open` says that more may come.
    """
    return readers.read(machine)


def open_recorder(machine: ObservedMachine) -> Connection:
    """Connect to a machine's recorder. Raises PanelUnavailable, EngineError."""
    try:
        return machine.engine.open_connection(machine.container_id, CALLS_SOCKET)
    except (MachineMissing, EngineUnavailable):
        raise
    except EngineError as error:
        raise PanelUnavailable(NO_RECORDER) from error


def receive_line(connection: Connection) -> bytes:
    """Return what comes up to the end of a line. Raises EngineError."""
    deadline = time.monotonic() + SECONDS
    received = bytearray()
    while not received.endswith(b"\n"):
        try:
            data = connection.receive(max(0.001, deadline - time.monotonic()))
        except TimeoutError:
            raise EngineError("the recorder of calls does not answer") from None
        received += data
        if not data or len(received) > LINE_BYTES:
            raise EngineError("the recorder of calls has hung up, or says too much")
    return bytes(received)


def parse_report(line: bytes) -> dict[str, Any]:
    """Parse what a recorder says. Raises EngineError."""
    try:
        report = json.loads(line)
    except (ValueError, RecursionError):
        report = None
    if not isinstance(report, dict):
        raise EngineError("the recorder of calls says what is no JSON")
    return report


def describe_calls(report: dict[str, Any]) -> dict[str, Any]:
    """Return what panels show of a report."""
    calls = [describe(record(row)) for row in items(report["calls"])[-SHOWN_MAX:]]
    return {"total": max(whole(report.get("total")), len(calls)), "calls": calls}


def describe(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": whole(row.get("id")),
        "time": whole(row.get("time")),
        "connection": whole(row.get("connection")),
        "pid": whole(row.get("pid")),
        "program": text(row.get("program"), 16),
        "method": text(row.get("method"), 12),
        "path": text(row.get("path"), PATH_CHARS),
        "cut": row.get("cut") is True,
        "status": min(whole(row.get("status")), 999),
        "ms": number(row.get("ms")),
        "sent": whole(row.get("sent")),
        "received": whole(row.get("received")),
        "open": row.get("open") is True,
    }


CALLS = Topic("calls", read_calls, seconds=0.5, follows_events=True)
