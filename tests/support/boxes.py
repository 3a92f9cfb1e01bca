"""A `linux` machine on the real engine, and ways to look at it from inside and outside."""

import uuid
from dataclasses import dataclass
from typing import Any

import docker
from django.conf import settings

from sandboxes.engine.facts import MachineHandle, MachineSpec
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.limits import LINUX

BUSYBOX = "/.drydock/busybox"


@dataclass
class Box:
    """A running machine, and what is known about it from outside."""

    api: docker.APIClient
    engine: SandboxEngine
    handle: MachineHandle

    def run(self, script: str, timeout: int = 60) -> tuple[int, str]:
        """A shell script in the machine, as its root: exit code and output."""
        made = self.api.exec_create(
            self.handle.container_id, ["timeout", str(timeout), "bash", "-c", script]
        )
        output = self.api.exec_start(made["Id"])
        return self.api.exec_inspect(made["Id"])["ExitCode"], output.decode(
            errors="replace"
        ).strip()

    def say(self, script: str) -> str:
        return self.run(script)[1]

    @property
    def inspected(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api.inspect_container(self.handle.container_id)
        return found

    @property
    def host_config(self) -> dict[str, Any]:
        config: dict[str, Any] = self.inspected["HostConfig"]
        return config


def make_box(engine: SandboxEngine, client: docker.DockerClient) -> tuple[str, Box]:
    machine_id = str(uuid.uuid4())
    image = engine.image(f"{settings.INSTALLATION}/linux:latest")
    handle = engine.create_machine(
        MachineSpec(
            machine_id, "linux", image.id, "box", LINUX, "socket", image_bytes=image.size_bytes
        )
    )
    engine.start_machine(handle.container_id)
    engine.wait_for_shell(handle)
    return machine_id, Box(client.api, engine, handle)
