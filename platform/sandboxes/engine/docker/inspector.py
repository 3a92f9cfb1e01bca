"""Look into the machines of a Docker engine: the calls that change nothing."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sandboxes.engine.docker import connections, files
from sandboxes.engine.docker.attestor import Attestor
from sandboxes.engine.docker.client import engine_errors, image_fact
from sandboxes.engine.docker.context import EngineContext
from sandboxes.engine.facts import (
    EngineInfo,
    FileFact,
    MachineFacts,
    NestedUsage,
    ProcessFact,
    ProcessTree,
    ResourceUse,
    Sockets,
    Usage,
)
from sandboxes.engine.interface import AttestedConnection
from sandboxes.engine.linux import machine_files
from sandboxes.engine.linux.hostname import hostname_of
from sandboxes.engine.linux.nested_containers import measure_nested
from sandboxes.engine.linux.process_tree.reader import read_tree
from sandboxes.engine.linux.process_tree.usage import read_use, used_of_limits
from sandboxes.engine.linux.procfs import belongs_to, instance
from sandboxes.errors import EngineError

# When a container that has never stopped was stopped, in the engine's words.
NEVER = "0001-01-01T00:00:00Z"
NANOSECONDS = 1_000_000_000
KIB = 1024  # `ps` counts resident memory in these
INITS_MAX = 1_000


@dataclass(frozen=True)
class RunningMachine:
    """Remember a machine's first process on this host, 0 for none, and its limits.

    `started` tells that process from another one that has got its number.
    """

    container_id: str
    init: int
    started: tuple[str, str] | None
    limits: dict[str, Any]

    def still_runs(self) -> bool:
        return self.started is not None and instance_of(self.init) == self.started


class DockerInspector:
    """Implement MachineInspector on a Docker engine."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._attestor = Attestor(context)
        self._machines: dict[str, RunningMachine] = {}
        self._inits: dict[str, int] = {}  # pid by container, for what is measured again and again

    def facts(self, container_id: str) -> MachineFacts:
        info = self._context.first_info
        with engine_errors():
            container = self._context.api.inspect_container(container_id)
        facts = machine_facts(container, info)
        if not (facts.running and self._context.runs_here(container)):
            return facts
        # A machine may have got its name while it ran, of which the engine knows nothing.
        with suppress(OSError):
            return replace(facts, hostname=hostname_of(container["State"]["Pid"]))
        return facts

    def processes(self, container_id: str) -> list[ProcessFact]:
        api, base = self._context.api, self._context.first_info.remap_uid
        with engine_errors():
            # Two calls, each with the free text last: `comm` may hold spaces, and the engine splits
            # columns at spaces.
            rows = api.top(container_id, "-eo pid,ppid,uid,args")["Processes"] or []
            commands = dict(api.top(container_id, "-eo pid,comm")["Processes"] or [])
        return [
            ProcessFact(int(pid), int(ppid), int(uid) - base, commands[pid], args)
            for pid, ppid, uid, args in rows
            if pid in commands
        ]

    def usage(self, container_id: str) -> Usage:
        api = self._context.api
        with engine_errors():
            container = api.inspect_container(container_id)
            rows = api.top(container_id, "-eo pid,rss,comm")["Processes"] or []
            stats = api.stats(container_id, stream=False, one_shot=True)
            image = image_fact(api, container["Image"])
        return Usage(
            memory_bytes=memory_in_use(stats["memory_stats"]),
            image_bytes=image.size_bytes,
            start_seconds=start_seconds(container),
            processes=tuple((command, int(kib) * KIB) for _pid, kib, command in rows),
        )

    def process_tree(self, container_id: str) -> ProcessTree:
        machine = self._running(container_id)
        if not machine.init:
            return ProcessTree(visible=False)
        try:
            return read_tree(machine.init, machine.container_id)
        except OSError as error:
            raise EngineError(f"it ended while it was looked at: {error}") from error

    def resource_use(self, container_id: str) -> ResourceUse:
        machine = self._running(container_id)
        if machine.init:
            with suppress(OSError, ValueError):
                return read_use(machine.init, machine.container_id, machine.limits)
        with engine_errors():
            stats = self._context.api.stats(container_id, stream=False, one_shot=True)
        processor = stats["cpu_stats"]
        held_back = processor.get("throttling_data", {}).get("throttled_time", 0)
        return used_of_limits(
            machine.limits,
            memory_bytes=memory_in_use(stats["memory_stats"]),
            processes=int(stats["pids_stats"].get("current", 0)),
            cpu_seconds=float(processor["cpu_usage"]["total_usage"]) / NANOSECONDS,
            held_back_seconds=float(held_back) / NANOSECONDS,
        )

    def _running(self, container_id: str) -> RunningMachine:
        """Return a machine that runs; the engine is asked once for each start."""
        machine = self._machines.get(container_id)
        if machine is not None and machine.still_runs():
            return machine
        with engine_errors():
            container = self._context.api.inspect_container(container_id)
        if not container["State"]["Running"]:
            raise EngineError("the machine is stopped")
        init = connections.local_init(container) if self._context.is_local else 0
        machine = RunningMachine(container["Id"], init, instance_of(init), container["HostConfig"])
        if init:
            if len(self._machines) >= INITS_MAX:
                self._machines.clear()
            self._machines[container_id] = machine
        return machine

    def processor_seconds(self, container_id: str) -> float:
        with engine_errors():
            stats = self._context.api.stats(container_id, stream=False, one_shot=True)
            return float(stats["cpu_stats"]["cpu_usage"]["total_usage"]) / NANOSECONDS

    def nested_usage(self, container_id: str) -> dict[str, NestedUsage]:
        pid = self._inits.get(container_id, 0)
        if not belongs_to(pid, container_id):
            with engine_errors():
                container = self._context.api.inspect_container(container_id)
            if not container["State"]["Running"]:
                raise EngineError("the machine is stopped")
            pid = connections.local_init(container) if self._context.is_local else 0
            if not pid:
                return {}
            if len(self._inits) >= INITS_MAX:
                self._inits.clear()
            self._inits[container_id] = pid
        try:
            return measure_nested(container_id, pid)
        except OSError:  # it has ended, or its processes are none of this host's
            return {}

    def read_file(self, container_id: str, path: str, max_bytes: int = 65536) -> FileFact:
        with engine_errors():
            if self._context.is_local:
                with suppress(machine_files.UnreadableFromHost):
                    return self._host_files.read(container_id, path, max_bytes)
            remap = self._context.first_info.remap_uid
            return files.read_file(self._context.api, container_id, path, max_bytes, remap=remap)

    def open_attested(self, container_id: str, socket: Sockets, program: str) -> AttestedConnection:
        with engine_errors():
            return self._attestor.open_attested(container_id, socket, program)

    def genuine_processes(self, container_id: str, program: str) -> frozenset[int] | None:
        with engine_errors():
            return self._attestor.genuine_processes(container_id, program)

    def ask_guest(self, container_id: str, command: str, seconds: float) -> bytes:
        return connections.ask_guest(self._context.api, container_id, command, seconds)

    @cached_property
    def _host_files(self) -> machine_files.HostFiles:
        remap = self._context.first_info.remap_uid
        return machine_files.HostFiles(self._context.api.inspect_container, remap=remap)


def machine_facts(container: dict[str, Any], info: EngineInfo) -> MachineFacts:
    """Read the engine's description of a container."""
    config, host, state = container["Config"], container["HostConfig"], container["State"]
    return MachineFacts(
        running=state["Running"],
        memory_bytes=host["Memory"],
        cpus=host["NanoCpus"] / NANOSECONDS,
        pids_max=host["PidsLimit"] or 0,
        hostname=config["Hostname"],
        entrypoint=tuple(config["Entrypoint"] or ()),
        image=container["Image"],
        started_at=state["StartedAt"],
        kernel=info.kernel,
        cgroup_version=info.cgroup_version,
    )


def memory_in_use(stats: dict[str, Any]) -> int:
    """Compute the memory in use, as `docker stats` counts it.

    Files that are cached in memory and were not used lately don't count. Their number has another
    name under cgroup v1 (docker/cli, cli/command/container/stats_helpers.go).
    """
    details = stats.get("stats", {})
    idle = details.get("total_inactive_file", details.get("inactive_file", 0))
    return int(stats["usage"]) - (int(idle) if idle < stats["usage"] else 0)


def instance_of(pid: int) -> tuple[str, str] | None:
    """Identify a running program of this host, None where there is none."""
    try:
        return instance(pid)
    except (OSError, IndexError):
        return None


def start_seconds(container: dict[str, Any]) -> float | None:
    """Measure from a container's creation until it ran.

    Returns None when it has been started more than once.
    """
    state = container["State"]
    if state["FinishedAt"] != NEVER:
        return None
    started_at = datetime.fromisoformat(state["StartedAt"])
    return (started_at - datetime.fromisoformat(container["Created"])).total_seconds()
