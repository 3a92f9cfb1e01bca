"""Measure Drydock's terminal against a minimal asyncio relay, in one run.

    DOCKER_HOST=unix:///… PYTHONPATH=platform \\
        python bench/terminal.py [--json] [--quick] [--transport socket|exec]

Prints medians, ratios, and the targets they are held to. Both servers are uvicorn with uvloop in
own processes; both serve the same container, the relay by `docker exec` with a TTY
(bench/relay.py). What is compared alternates in rounds, so that a busy moment of the host hits
both. Machines are made from the `linux` image, or from BENCH_IMAGE. The targets are those of the
socket transport on the machine's usual limits. `make bench` brings an engine up and runs this and
bench/claim.py.
"""

import argparse
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

# Run as a script, this file's folder comes first on the path, where its name would hide the
# application `terminal`.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench.bulk import BulkHarness, measure_bulk  # noqa: E402
from bench.harness import Harness, compare, open_wire, ratio  # noqa: E402
from bench.report import Result, show  # noqa: E402
from bench.shell import Terminal  # noqa: E402
from bench.stack import Server, StudentMachine, redis_beside, scratch_installation, student_machines  # noqa: E402
from core.budgets import CLIENT  # noqa: E402
from tests.support.clients.websocket import WebSocket, WebSocketClosed  # noqa: E402

PROMPT = b"# "
SECTIONS = ("opening", "memory", "echo", "bulk", "interrupt", "stalled")
MACHINES_AT_ONCE = 4  # machines that print at once; at half a processor each they fill two
AMPLE_CPUS = 2.0  # processors; a terminal and its program use less
MIB = 1024 * 1024


def open_to_prompt(harness: Harness, *, drydock: bool, count: int) -> list[float]:
    """Return seconds from connecting to a prompt on the screen.

    Each is on a connection of its own.
    """
    times = []
    for _ in range(count):
        start = time.perf_counter()
        wire, terminal = harness.open(drydock=drydock)
        terminal.read_until(PROMPT)
        times.append(time.perf_counter() - start)
        wire.close()
        # One user opens so many a second without being made to wait.
        time.sleep(1.1 / CLIENT.handshakes.per_second)
    return times


def measure_opening(harness: Harness) -> list[Result]:
    open_to_prompt(harness, drydock=True, count=5)
    ours = open_to_prompt(harness, drydock=True, count=20 * harness.rounds)
    theirs = open_to_prompt(harness, drydock=False, count=3 * harness.rounds)
    return [
        Result("websocket open to prompt, p50", statistics.median(ours) * 1e3, "ms", 15),
        Result("websocket open to prompt, p95", percentile(ours, 95) * 1e3, "ms"),
        Result("websocket open to prompt of the relay, p50", statistics.median(theirs) * 1e3, "ms"),
    ]


def measure_echo(harness: Harness) -> list[Result]:
    ours, theirs = compare(harness, lambda terminal: terminal.echo_times(300))
    return [
        Result("echo, p50", statistics.median(ours) * 1e6, "µs"),
        Result("echo, p95", percentile(ours, 95) * 1e6, "µs"),
        Result("echo of the relay, p50", statistics.median(theirs) * 1e6, "µs"),
        Result("echo, ratio to the relay", ratio(ours, theirs), "×", 1.1),
    ]


def measure_interrupt(harness: Harness) -> list[Result]:
    """Measure Ctrl-C while `yes` floods a viewer that keeps up.

    How long until the prompt is on the screen.
    """
    times = []
    for _ in range(4 * harness.rounds):
        wire, terminal = harness.open(drydock=True)
        with wire:
            terminal.quiet()
            terminal.type(b"yes\n")
            end = time.perf_counter() + 0.5
            while time.perf_counter() < end:
                terminal.read()
            start = time.perf_counter()
            terminal.type(b"\x03")
            terminal.read_until(PROMPT)
            times.append(time.perf_counter() - start)
    return [
        Result("Ctrl-C under `yes` to prompt, p50", statistics.median(times) * 1e3, "ms"),
        Result("Ctrl-C under `yes` to prompt, worst", max(times) * 1e3, "ms", 400),
    ]


def measure_idle_memory(server: Server, places: list[StudentMachine]) -> list[Result]:
    """Measure sixteen viewers a machine, which is what one PTY server takes."""
    first = [open_idle(server, places[0], 0)]
    before = server.memory_bytes()
    idle = [open_idle(server, student, number % 2) for student in places for number in range(14)]
    time.sleep(0.5)
    each = (server.memory_bytes() - before) / len(idle)
    for wire in first + idle:
        wire.close()
    return [Result("memory of an idle terminal", each / 1024, "KiB", note=f"mean of {len(idle)}")]


def open_idle(server: Server, student: StudentMachine, cookie: int) -> WebSocket:
    wire = open_wire(server, student, cookie)
    Terminal(wire, drydock=True).read_until(PROMPT)
    return wire


def measure_stalled(harness: Harness) -> list[Result]:
    """Measure how the server grows while `yes` runs for one that reads and one that stalls.

    The stalled viewer never reads or acknowledges.
    """
    wire, lively = harness.open(drydock=True)
    with wire:
        lively.quiet()
        lively.type(b"yes\n")
        base = peak_while_reading(harness.drydock, lively, 2.0)
        stalled = open_wire(harness.drydock, harness.student)
        stalled.say(type="resume", seq=0, cols=80, rows=24)
        peak = peak_while_reading(harness.drydock, lively, 3.0)
        lively.type(b"\x03")
        lively.quiet()
        code = close_code(stalled)
    alone = growth_alone(harness)
    return [
        Result(
            "growth with a stalled viewer beside a lively one",
            max(0, peak - base) / MIB,
            "MiB",
            1,
            note=code,
        ),
        Result("growth with a stalled viewer alone", max(0, alone) / MIB, "MiB", 1),
    ]


def growth_alone(harness: Harness) -> int:
    wire = open_wire(harness.drydock, harness.student)
    with wire:
        wire.say(type="resume", seq=0, cols=80, rows=24)
        time.sleep(0.3)
        base = harness.drydock.memory_bytes()
        wire.send(b"yes\n")
        peaks = []
        for _ in range(20):
            time.sleep(0.1)
            peaks.append(harness.drydock.memory_bytes())
        wire.send(b"\x03")
    return max(peaks) - base


def peak_while_reading(server: Server, terminal: Terminal, seconds: float) -> int:
    peak = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, server.memory_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        terminal.read()
    done.set()
    watcher.join()
    return peak


def close_code(wire: WebSocket) -> str:
    try:
        while True:
            wire.receive()
    except WebSocketClosed as closed:
        return f"the stalled one was closed with {closed.code}"
    except TimeoutError:
        return "the stalled one was not closed"


def percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def run(
    *, transport: str, rounds: int, cpus: float | None, sections: Sequence[str]
) -> list[Result]:
    with ExitStack() as stack:
        stack.enter_context(redis_beside())
        folder = stack.enter_context(scratch_installation())
        *shared, free = stack.enter_context(
            student_machines(
                folder, shares=[cpus] * MACHINES_AT_ONCE + [AMPLE_CPUS], transport=transport
            )
        )
        drydock = stack.enter_context(Server("config.asgi:application"))
        relay = stack.enter_context(Server("relay:application", folder="bench"))
        harness = Harness(drydock, relay, shared[0], rounds)
        bulk = BulkHarness(drydock, relay, shared[0], free, shared, rounds)
        measures: dict[str, Callable[[], list[Result]]] = {
            "opening": lambda: measure_opening(harness),
            "memory": lambda: measure_idle_memory(drydock, shared[1:3]),
            "echo": lambda: measure_echo(harness),
            "bulk": lambda: measure_bulk(bulk),
            "interrupt": lambda: measure_interrupt(harness),
            "stalled": lambda: measure_stalled(harness),
        }
        return [
            result for name, measure in measures.items() if name in sections for result in measure()
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print a JSON list instead of lines")
    parser.add_argument("--quick", action="store_true", help="one round instead of five")
    parser.add_argument("--transport", choices=("socket", "exec"), default="socket")
    parser.add_argument(
        "--cpus", type=float, help="the machine's share of the processors, if not the platform's"
    )
    parser.add_argument(
        "--only", choices=SECTIONS, action="append", help="measure this; may be given several times"
    )
    options = parser.parse_args()
    rounds = 1 if options.quick else 5
    sections = options.only or SECTIONS
    results = run(transport=options.transport, rounds=rounds, cpus=options.cpus, sections=sections)
    if options.json:
        print(json.dumps([{**asdict(result), "met": result.met} for result in results], indent=2))
    else:
        show(results)


if __name__ == "__main__":
    main()
