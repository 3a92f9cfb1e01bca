"""Students' machines for tests of the registry, and what they share."""

import json
import time
from collections.abc import Callable
from typing import Any

import docker

from runtime.registry.tokens import Claims, sign
from sandboxes.engine.facts import MachineHandle
from sandboxes.registry.engine import RegistrySpec
from tests.support.paths import ROOT

KEY = b"k" * 32
SPEC = RegistrySpec(KEY, owner_bytes=5_000_000, total_bytes=50_000_000)
CLIENT = (ROOT / "tests/support/clients/registry.py").read_bytes()
MEGABYTE = 1_000_000


class Student:
    """Somebody's machine in a network of its own, which the registry has joined."""

    def __init__(
        self,
        client: docker.DockerClient,
        handle: MachineHandle,
        name: str,
        course: str,
        teaches: bool,
    ) -> None:
        self.handle, self.name = handle, name
        self.container = client.containers.get(handle.container_id)
        self.password = sign(Claims(name, course, teaches, int(time.time()) + 900), KEY)

    def do(self, *argv: object) -> dict[str, Any]:
        command = ["python3", "/tmp/client.py", self.name, self.password, *map(str, argv)]
        code, output = self.container.exec_run(command)
        assert code == 0, output.decode()
        return dict(json.loads(output))

    def push(self, image: str, megabytes: float = 0.1, seed: str = "") -> dict[str, Any]:
        return self.do(
            "push", *image.split(":"), int(megabytes * MEGABYTE), seed or f"{self.name} {image}"
        )

    def pull(self, image: str) -> dict[str, Any]:
        return self.do("pull", *image.split(":"))

    def ask(self, method: str, path: str) -> dict[str, Any]:
        return self.do("request", method, path)


Enter = Callable[..., Student]


def core(client: docker.DockerClient, installation: str) -> Any:
    return client.containers.get(f"{installation}-registry")
