"""Measure how fast a program's output comes through, and what it costs.

Drydock is compared with the relay, and with the kernel's own PTY. Three setups: one terminal on a
machine with the platform's share of the processors, one on a machine that may use all of them, and
several at once on machines of their own, as in a class. The bare PTY is this host's: `cat` of the
same bytes into a PTY that only this process reads. No terminal can be faster.
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
from bench.shell import Terminal
from bench.stack import Server, StudentMachine

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
    """Collect the rounds of one server.

    Bytes a second of each, and the processor seconds per byte that it and the engine took, and
    that machines' PTY servers took.
    """

    speeds: list[float] = field(default_factory=list)
    server_cost: list[float] = field(default_factory=list)
    machine_cost: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class BulkHarness:
    """Hold what is compared.

    `alone` has the platform's share of the processors and `free` more than it can use.
    """

    drydock: Server
    relay: Server
    alone: StudentMachine
    free: StudentMachine
    many: Sequence[StudentMachine]
    rounds: int

    def students(self) -> list[StudentMachine]:
        return list(
            {
                student.machine.pk: student for student in (self.alone, self.free, *self.many)
            }.values()
        )


def measure_bulk(harness: BulkHarness) -> list[Result]:
    for student in harness.students():
        fill(harness.drydock, student)
    with tempfile.NamedTemporaryFile() as file:
        file.write((LINE + "\n").encode() * (SIZE // (len(LINE) + 1)))
        file.flush()
        bare = [bare_speed(Path(file.name)) for _ in range(harness.rounds)]
    results = [
        Result("bulk of a bare PTY on this host", statistics.median(bare) / MEGABYTE, "MB/s")
    ]
    setups = (
        ("", [harness.alone]),
        (", no quota", [harness.free]),
        (f", {len(harness.many)} machines at once", harness.many),
    )
    for label, students in setups:
        ours, theirs = compare(harness, students)
        results += result_lines(label, ours, theirs, bare if len(students) == 1 else None)
    return results


def result_lines(label: str, ours: Runs, theirs: Runs, bare: list[float] | None) -> list[Result]:
    lines = [
        Result(f"bulk{label}", statistics.median(ours.speeds) / MEGABYTE, "MB/s"),
        Result(f"bulk of the relay{label}", statistics.median(theirs.speeds) / MEGABYTE, "MB/s"),
        Result(
            f"bulk, ratio to the relay{label}",
            ratio(ours.speeds, theirs.speeds),
            "×",
            TARGET,
            at_least=True,
        ),
    ]
    if bare:
        lines.append(Result(f"bulk, ratio to the bare PTY{label}", ratio(ours.speeds, bare), "×"))
    return [
        *lines,
        cost_result(f"processor, web and engine{label}", ours.server_cost),
        cost_result(f"processor, relay and engine{label}", theirs.server_cost),
        cost_result(f"processor, ptyd in the machine's share{label}", ours.machine_cost),
    ]


def cost_result(name: str, per_byte: list[float]) -> Result:
    return Result(name, statistics.median(per_byte) * 100 * MEGABYTE, "s per 100 MB")


def fill(server: Server, student: StudentMachine) -> None:
    wire, terminal = open_terminal(server, student, drydock=True)
    with wire:
        terminal.type(FILL)
        terminal.read_until(MARK)


def compare(harness: BulkHarness, students: Sequence[StudentMachine]) -> tuple[Runs, Runs]:
    """Run all students' terminals at once, by way of both servers in alternating rounds."""
    ours, theirs = Runs(), Runs()
    for number in range(harness.rounds * 2):
        drydock = number % 2 == 0
        print_together(
            harness.drydock if drydock else harness.relay,
            students,
            ours if drydock else theirs,
            drydock=drydock,
        )
    return ours, theirs


def print_together(
    server: Server, students: Sequence[StudentMachine], runs: Runs, *, drydock: bool
) -> None:
    """Run one round, from the first key to the last byte of all."""
    opened = [open_terminal(server, student, drydock=drydock) for student in students]
    for _, terminal in opened:
        terminal.quiet()
    meter = Meter(server, students)
    before, start = meter.read(), time.perf_counter()
    with ThreadPoolExecutor(len(opened)) as pool:
        count = sum(pool.map(print_bulk, [terminal for _, terminal in opened]))
    seconds, after = time.perf_counter() - start, meter.read()
    runs.speeds.append(count / seconds)
    runs.server_cost.append((after[0] - before[0]) / count)
    runs.machine_cost.append((after[1] - before[1]) / count)
    for wire, _ in opened:
        wire.close()


def print_bulk(terminal: Terminal) -> int:
    terminal.type(PRINT + b"\n")
    return terminal.read_until(MARK)


def bare_speed(file: Path) -> float:
    """Return bytes a second of `cat` into a PTY of this host that nobody but us reads."""
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
