"""Look into machines that are only remembered."""

import time
from abc import ABC, abstractmethod

from sandboxes.engine.facts import (
    FileFact,
    HostProcess,
    MachineFacts,
    NestedUsage,
    ProcessFact,
    ProcessTree,
    ResourceUse,
    Usage,
)
from sandboxes.engine.fake.machine import FakeMachine

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")
HOST_NAMESPACES = {name: 4_026_531_000 + at for at, name in enumerate(NAMESPACES)}
# Of a machine: all of its own but the clocks.
INNER_NAMESPACES = {
    name: number if name == "time" else number + 1_000 for name, number in HOST_NAMESPACES.items()
}


class FakeInspector(ABC):
    """Implement the part of MachineInspector that reads and changes nothing."""

    @abstractmethod
    def record_call(self, method: str, subject: str = "") -> None:
        """Record a call and raise the fault injected for it."""

    @abstractmethod
    def find(self, container_id: str) -> FakeMachine:
        """Return a machine. Raises MachineMissing."""

    @abstractmethod
    def find_running(self, container_id: str) -> FakeMachine:
        """Return a machine that runs. Raises EngineError for another."""

    def facts(self, container_id: str) -> MachineFacts:
        self.record_call("facts", container_id)
        machine = self.find(container_id)
        limits = machine.spec.limits
        return MachineFacts(
            running=machine.running,
            memory_bytes=limits.memory_bytes,
            cpus=limits.cpus,
            pids_max=limits.pids,
            hostname=machine.hostname or machine.spec.hostname,
            entrypoint=machine.spec.command,
            image=machine.spec.image,
            started_at="2026-01-01T00:00:00Z",
            kernel="6.1.0-fake",
            cgroup_version=2,
        )

    def processes(self, container_id: str) -> list[ProcessFact]:
        self.record_call("processes", container_id)
        machine = self.find_running(container_id)
        command = machine.spec.command
        return [ProcessFact(1000, 999, 0, command[0].rsplit("/", 1)[-1], " ".join(command))]

    def usage(self, container_id: str) -> Usage:
        self.record_call("usage", container_id)
        machine = self.find_running(container_id)
        command = machine.spec.command[0].rsplit("/", 1)[-1]
        took = 0.25 if machine.starts == 1 else None
        return Usage(
            memory_bytes=4_000_000,
            image_bytes=300,
            start_seconds=took,
            processes=((command, 1_000_000),),
        )

    def nested_usage(self, container_id: str) -> dict[str, NestedUsage]:
        self.record_call("nested_usage", container_id)
        return dict(self.find_running(container_id).nested)

    def process_tree(self, container_id: str) -> ProcessTree:
        self.record_call("process_tree", container_id)
        machine = self.find_running(container_id)
        if machine.tree is not None:
            return machine.tree
        command = machine.spec.command
        init = HostProcess(
            numbers=(1000, 1),
            parent=0,
            uid=1_000_000,
            inner_uid=0,
            name=command[0].rsplit("/", 1)[-1],
            command=" ".join(command),
            state="S",
            resident_bytes=1_000_000,
            namespaces=INNER_NAMESPACES,
            effective=0x5FB,
            bounding=0x5FB,
        )
        return ProcessTree(
            visible=True,
            total=1,
            processes=(init,),
            host_namespaces=HOST_NAMESPACES,
            capabilities=41,
        )

    def resource_use(self, container_id: str) -> ResourceUse:
        self.record_call("resource_use", container_id)
        machine = self.find_running(container_id)
        limits = machine.spec.limits
        return ResourceUse(
            memory_bytes=4_000_000,
            memory_limit=limits.memory_bytes,
            processes=1,
            processes_limit=limits.pids,
            cpu_seconds=machine.processor_seconds,
            cpus_limit=limits.cpus,
            held_back_seconds=0.0,
            at=time.monotonic(),
        )

    def processor_seconds(self, container_id: str) -> float:
        self.record_call("processor_seconds", container_id)
        return self.find(container_id).processor_seconds

    def read_file(self, container_id: str, path: str, max_bytes: int = 65536) -> FileFact:
        self.record_call("read_file", path)
        files = self.find(container_id).files
        if path not in files:
            inside = any(name.startswith(path.rstrip("/") + "/") for name in files)
            return FileFact(path, "directory" if inside else "missing")
        content = files[path]
        return FileFact(
            path,
            "regular",
            len(content),
            0o644,
            0,
            content[:max_bytes],
            truncated=len(content) > max_bytes,
        )
