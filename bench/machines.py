"""Measure what machines of each kind cost.

    DOCKER_HOST=unix:///… PYTHONPATH=platform:. \\
        python bench/machines.py [--json] [--rounds N] [--kinds docker,vm]

Time to a prompt, new, from the pool and after a stop; memory; nested containers. Cold: from the
first call to the engine until the machine is ready and its terminal has shown a prompt. Pooled: a
machine that is ready and that nobody has looked at, from the first byte of its terminal's
connection until the prompt. For virtual machines that is the guest's boot, or its resuming,
because the first look switches it on. What a claim costs besides is measured by clicking through
the whole platform, with a pool and without (`--click`). Memory: what the engine counts for an idle
machine without the page cache, twenty seconds after its prompt. Nested: `docker run` of the same
Debian inside a docker machine and on the engine itself, in turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import docker

# Run as a script, this file's folder comes first on the path, where its names would hide others.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from bench import report  # noqa: E402
from bench.claim import Result, measure_own_platform, result, show, tidy, timed  # noqa: E402
from bench.stack import scratch_installation  # noqa: E402

IDLE_SECONDS = 20
# Milliseconds, as p95: what the platform promises (issue 4). Emulated guests are measured to their
# own prompt.
COLD = {"linux": 1000.0, "docker": 2000.0, "vm": 4000.0, "vm-resume": 1500.0, "hypervisor": 1000.0}
ATTENDED_NAMES = {"vm": "boot, first look to prompt", "vm-resume": "resume, first look to prompt"}
POOLED = {"vm": 4000.0, "vm-resume": 1500.0}
POOLED_SHELL = 150.0
WOKEN = 1500.0
NESTED_RATIO = 1.5
KINDS = "linux,docker,vm,vm-resume,hypervisor"
MIB, GIB = 1024**2, 1024**3


class Bench:
    """Make and measure machines of one scratch installation on the engine."""

    def __init__(self, folder: Path, docker_url: str, kinds: list[str]) -> None:
        from django.conf import settings

        from operate.images.machine_images import ensure_images
        from operate.images.tools import ensure_tools
        from operate.stack.layout import Layout
        from sandboxes.engine.docker.engine import DockerEngine
        from sandboxes.machine_types.registry import machine_type

        layout = Layout(folder)
        layout.make_folders()
        ensure_tools(layout)
        self.client = docker.DockerClient(base_url=docker_url, timeout=600)
        images = {machine_type(kind).image for kind in kinds} | {"linux"}
        ensure_images(
            self.client, settings.INSTALLATION, nullcontext(), lambda _fraction, _text: None, images
        )
        self.engine = DockerEngine(
            docker_url,
            installation=settings.INSTALLATION,
            sockets_dir=settings.SOCKETS_DIR,
            tools_dir=layout.tools,
        )

    def make(self, kind: str, *, attend: bool = True) -> Any:
        """Make a ready machine with its prompt on the terminal.

        Or a machine without an open terminal, as in the pool.
        """
        from tests.support.machines import start_typed

        machine = start_typed(self.engine, kind, attend=attend)
        if attend:
            until_prompt(machine)
        return machine

    def remove(self, machine: Any) -> None:
        if hasattr(machine, "typist"):
            machine.typist.close()
        self.engine.remove_machine(machine.machine_id)

    def memory(self, machine: Any) -> int:
        """Return bytes, without the page cache that the kernel takes back when it needs it."""
        stats = self.client.api.stats(machine.handle.container_id, stream=False)["memory_stats"]
        cache = stats["stats"].get("total_inactive_file", stats["stats"].get("inactive_file", 0))
        return int(stats["usage"]) - int(cache)


def until_prompt(machine: Any) -> None:
    """Wait until the shell's prompt stands there.

    In a virtual machine the guest's, since a boot log may end like one.
    """
    if machine.kind.console:
        machine.typist.until("root@guest", 120)
    machine.typist.until_prompt()


def measure_kind(bench: Bench, kind: str, rounds: int) -> tuple[list[Result], list[report.Result]]:
    """Measure cold, pooled, woken, and memory of one kind."""
    new = [measure_new(bench, kind) for _ in range(rounds)]
    pooled = [measure_pooled(bench, kind) for _ in range(rounds)]
    machine = bench.make(kind)
    try:
        time.sleep(IDLE_SECONDS)
        used = bench.memory(machine)
        woken = [measure_wake(bench, machine) for _ in range(rounds)]
    finally:
        bench.remove(machine)
    times = [
        result(f"{kind}: cold to prompt", new, COLD[kind]),
        result(
            f"{kind}: {ATTENDED_NAMES.get(kind, 'pooled to prompt')}",
            pooled,
            POOLED.get(kind, POOLED_SHELL),
        ),
        result(f"{kind}: parked to prompt", woken, COLD["vm"] if machine.kind.console else WOKEN),
    ]
    return times, [
        report.Result(f"{kind}: memory of an idle machine", used / MIB, "MiB"),
        report.Result(f"{kind}: machines to a GiB", GIB / used, ""),
    ]


def measure_new(bench: Bench, kind: str) -> float:
    began = time.perf_counter()
    machine = bench.make(kind)
    seconds = time.perf_counter() - began
    bench.remove(machine)
    return seconds


def measure_pooled(bench: Bench, kind: str) -> float:
    machine = bench.make(kind, attend=False)
    began = time.perf_counter()
    machine.open_terminal()
    until_prompt(machine)
    seconds = time.perf_counter() - began
    bench.remove(machine)
    return seconds


def measure_wake(bench: Bench, machine: Any) -> float:
    machine.typist.close()
    bench.engine.stop_machine(machine.handle.container_id)
    began = time.perf_counter()
    machine.start_again()
    until_prompt(machine)
    return time.perf_counter() - began


def measure_nested(bench: Bench, rounds: int) -> tuple[list[Result], report.Result]:
    """Measure `docker run --rm` of Debian, inside and outside, in turns.

    Each is typed in a terminal or run by the same client.
    """
    inside, outside = [], []
    host = os.environ["DOCKER_HOST"]
    machine = bench.make("docker")
    try:
        machine.say("docker run --rm drydock/debian true")
        for _ in range(rounds):
            inside.append(timed(machine.say, "docker run --rm drydock/debian true"))
            outside.append(timed(run_outside, host))
    finally:
        bench.remove(machine)
    ratio = statistics.median(inside) / statistics.median(outside)
    times = [
        result("docker run --rm, nested", inside),
        result("docker run --rm, on the engine", outside),
    ]
    return times, report.Result(
        "docker run --rm, nested to the engine's own", ratio, "x", NESTED_RATIO
    )


def run_outside(host: str) -> None:
    # The outer engine gives a container the same as the nested one does: a bridge network of its
    # own.
    command = [
        "docker",
        "-H",
        host,
        "run",
        "--rm",
        "--network",
        "build",
        "debian:bookworm-slim",
        "true",
    ]
    subprocess.run(command, check=True, capture_output=True)


def measure_clicks(kind: str, rounds: int) -> list[Result]:
    """Measure the whole platform, with a lesson whose machine is of this kind.

    With a pool and without one (the pool may still keep what lessons want).
    """
    results = []
    for pool in (2, 0):
        results += measure_own_platform(os.environ["DOCKER_HOST"], rounds, pool=pool, kind=kind)
    return [
        replace(
            click_result,
            name=f"{kind}: {click_result.name}",
            target_p95=click_target(click_result, kind),
        )
        for click_result in results
    ]


def click_target(click_result: Result, kind: str) -> float | None:
    if click_result.target_p95 is None:
        return None
    return COLD[kind] if "cold" in click_result.name else POOLED.get(kind, POOLED_SHELL)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--kinds", default=KINDS)
    parser.add_argument(
        "--click",
        default="docker",
        help="measure clicks on a lesson with this kind, too; empty: none",
    )
    options = parser.parse_args()
    times: list[Result] = []
    facts: list[report.Result] = []
    kinds = options.kinds.split(",")
    with scratch_installation() as folder:
        measure_all(folder, kinds, options.rounds, times, facts)
    if options.click:
        times += measure_clicks(options.click, options.rounds)
    if options.json:
        lines: list[Result | report.Result] = [*times, *facts]
        print(json.dumps([{**asdict(line), "met": line.met} for line in lines], indent=2))
        return
    show(times)
    report.show(facts)


def measure_all(
    folder: Path, kinds: list[str], rounds: int, times: list[Result], facts: list[report.Result]
) -> None:
    """Measure every kind on one scratch installation."""
    from django.conf import settings

    bench = Bench(folder, os.environ["DOCKER_HOST"], kinds)
    try:
        for kind in kinds:
            measured, used = measure_kind(bench, kind, rounds)
            times += measured
            facts += used
        if "docker" in kinds:
            measured, ratio = measure_nested(bench, rounds)
            times += measured
            facts.append(ratio)
    finally:
        tidy(bench.client, settings.INSTALLATION)


if __name__ == "__main__":
    main()
