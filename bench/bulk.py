"""How fast a program's output comes through, and what it costs: Drydock, the relay, and the kernel's own PTY.

Three setups: one terminal on a machine with the platform's share of the processors, one on a machine that may use all
of them, and several at once on machines of their own, as in a class. The bare PTY is this host's: `cat` of the same
bytes into a PTY that only this process reads. No terminal can be faster.
"""

import os
import pty
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from bench.cost import Meter
from bench.harness import open_terminal, ratio
from bench.report import Result
from bench.stack import Seat, Server
from bench.wire import Terminal

TARGET = 1.3
LINE = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIZE = 32_000_000
MARK = b"BULK-END"
FILL = f"yes {LINE} | head -c {SIZE} >/tmp/bulk; clear; echo BULK''-END\n".encode()
PRINT = b"cat /tmp/bulk; echo BULK''-END"
MEGABYTE = 1_000_000
READ_BYTES = 65536


@dataclass
class Runs:
    """Of one server: bytes a second of each round, and the processor seconds per byte that it and the engine took,
    and that machines' PTY servers took."""

    speeds: list[float] = field(default_factory=list)
    server_cost: list[float] = field(default_factory=list)
    machine_cost: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Bench:
    """What is compared. `alone` has the platform's share of the processors and `free` more than it can use."""

    drydock: Server
    relay: Server
    alone: Seat
    free: Seat
    many: Sequence[Seat]
    rounds: int

    def seats(self) -> list[Seat]:
        return list({seat.machine.pk: seat for seat in (self.alone, self.free, *self.many)}.values())


def measure_bulk(bench: Bench) -> list[Result]:
    for seat in bench.seats():
        _fill(bench.drydock, seat)
    with tempfile.NamedTemporaryFile() as file:
        file.write((LINE + "\n").encode() * (SIZE // (len(LINE) + 1)))
        file.flush()
        bare = [_bare_speed(Path(file.name)) for _ in range(bench.rounds)]
    results = [Result("bulk of a bare PTY on this host", statistics.median(bare) / MEGABYTE, "MB/s")]
    setups = (
        ("", [bench.alone]),
        (", no quota", [bench.free]),
        (f", {len(bench.many)} machines at once", bench.many),
    )
    for words, seats in setups:
        ours, theirs = _compare(bench, seats)
        results += _lines(words, ours, theirs, bare if len(seats) == 1 else None)
    return results


def _lines(words: str, ours: Runs, theirs: Runs, bare: list[float] | None) -> list[Result]:
    lines = [
        Result(f"bulk{words}", statistics.median(ours.speeds) / MEGABYTE, "MB/s"),
        Result(f"bulk of the relay{words}", statistics.median(theirs.speeds) / MEGABYTE, "MB/s"),
        Result(
            f"bulk, ratio to the relay{words}",
            ratio(ours.speeds, theirs.speeds),
            "×",
            TARGET,
            at_least=True,
        ),
    ]
    if bare:
        lines.append(Result(f"bulk, ratio to the bare PTY{words}", ratio(ours.speeds, bare), "×"))
    return [
        *lines,
        _cost(f"processor, web and engine{words}", ours.server_cost),
        _cost(f"processor, relay and engine{words}", theirs.server_cost),
        _cost(f"processor, ptyd in the machine's share{words}", ours.machine_cost),
    ]


def _cost(name: str, per_byte: list[float]) -> Result:
    return Result(name, statistics.median(per_byte) * 100 * MEGABYTE, "s per 100 MB")


def _fill(server: Server, seat: Seat) -> None:
    wire, terminal = open_terminal(server, seat, drydock=True)
    with wire:
        terminal.type(FILL)
        terminal.read_until(MARK)


def _compare(bench: Bench, seats: Sequence[Seat]) -> tuple[Runs, Runs]:
    """All seats at once, by way of Drydock and of the relay in alternating rounds."""
    ours, theirs = Runs(), Runs()
    for number in range(bench.rounds * 2):
        drydock = number % 2 == 0
        _print_together(
            bench.drydock if drydock else bench.relay,
            seats,
            ours if drydock else theirs,
            drydock=drydock,
        )
    return ours, theirs


def _print_together(server: Server, seats: Sequence[Seat], runs: Runs, *, drydock: bool) -> None:
    """One round, from the first key to the last byte of all."""
    opened = [open_terminal(server, seat, drydock=drydock) for seat in seats]
    for _, terminal in opened:
        terminal.quiet()
    meter = Meter(server, seats)
    before, start = meter.read(), time.perf_counter()
    with ThreadPoolExecutor(len(opened)) as pool:
        count = sum(pool.map(_print, [terminal for _, terminal in opened]))
    seconds, after = time.perf_counter() - start, meter.read()
    runs.speeds.append(count / seconds)
    runs.server_cost.append((after[0] - before[0]) / count)
    runs.machine_cost.append((after[1] - before[1]) / count)
    for wire, _ in opened:
        wire.close()


def _print(terminal: Terminal) -> int:
    terminal.type(PRINT + b"\n")
    return terminal.read_until(MARK)


def _bare_speed(file: Path) -> float:
    """Bytes a second of `cat` into a PTY of this host that nobody but us reads."""
    ours, theirs = pty.openpty()
    start, count = time.perf_counter(), 0
    with subprocess.Popen(["cat", file], stdin=subprocess.DEVNULL, stdout=theirs):
        os.close(theirs)
        with suppress(OSError):  # EIO, once the last writer has closed it
            while data := os.read(ours, READ_BYTES):
                count += len(data)
        seconds = time.perf_counter() - start
    os.close(ours)
    return count / seconds
