"""Describe an engine under test, the fake or a real engine."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandboxes.engine.facts import MachineHandle, MachineSpec
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.limits import LINUX

MISSING = "0" * 64


@dataclass
class Subject:
    """An engine under test, with a way to put files into a machine behind its back."""

    engine: SandboxEngine
    image: str
    put: Callable[[str, str, bytes], None]
    away: Callable[[], SandboxEngine]
    double_network: Callable[[str], None]  # one more of a machine's network, under the same name
    machine_ids: list[str] = field(default_factory=list)
    sandbox: str = field(default_factory=lambda: str(uuid.uuid4()))

    def spec(self, **changes: Any) -> MachineSpec:
        machine_id = str(uuid.uuid4())
        self.machine_ids.append(machine_id)
        known = self.engine.image(self.image)
        values = {
            "machine_id": machine_id,
            "kind": "linux",
            "image": known.id,
            "hostname": "box",
            "limits": LINUX,
            "transport": "exec",
            "image_bytes": known.size_bytes,
        }
        return MachineSpec(**{**values, **changes})

    def running(self, **changes: Any) -> tuple[MachineSpec, MachineHandle]:
        spec = self.spec(**changes)
        handle = self.engine.create_machine(spec)
        self.engine.start_machine(handle.container_id)
        self.engine.wait_for_shell(handle)
        return spec, handle

    def networks_of(self, machine_id: str) -> list[str]:
        owned = self.engine.find_owned()
        return [
            resource.id
            for resource in owned
            if resource.kind == "network" and resource.machine_id == machine_id
        ]

    def owned(self, machine_id: str) -> dict[str, bool]:
        return {
            resource.kind: resource.running
            for resource in self.engine.find_owned()
            if resource.machine_id == machine_id
        }

    def networks(self, *handles: MachineHandle) -> list[tuple[str, ...]]:
        """The networks that machines are in."""
        networks = {
            resource.id: resource.networks
            for resource in self.engine.find_owned()
            if resource.kind == "container"
        }
        return [networks[handle.container_id] for handle in handles]

    def shared(self) -> list[str]:
        """The networks of the sandbox."""
        resources = self.engine.find_owned()
        return [
            resource.id
            for resource in resources
            if resource.kind == "shared" and resource.sandbox_id == self.sandbox
        ]
