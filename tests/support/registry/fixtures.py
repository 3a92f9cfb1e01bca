"""A registry on the real engine with little room, and machines in sandboxes' networks that it has
joined."""

import dataclasses
import uuid
from collections.abc import Iterator
from typing import Any

import docker
import pytest

from operate.images.registry import ensure_registry_image
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.limits import LINUX
from sandboxes.registry import engine as registry_engine
from sandboxes.registry.engine import DockerRegistry
from tests.support.machines import machine_on
from tests.support.registry.students import CLIENT, SPEC, Enter, Student

SLEEP = ("python3", "-c", "import time; time.sleep(3600)")


@pytest.fixture(scope="module")
def registry(
    docker_url: str, docker_client: docker.DockerClient, installation: str, engine: SandboxEngine
) -> Iterator[DockerRegistry]:
    """A running registry with little room."""
    ensure_registry_image(docker_client, installation, lambda _fraction, _text: None)
    docker_registry = DockerRegistry(docker_url, installation=installation)
    docker_registry.ensure(SPEC)
    yield docker_registry
    docker_registry.remove()
    filters: dict[str, Any] = {"label": f"{registry_engine.LABEL_REGISTRY}={installation}"}
    assert docker_client.containers.list(all=True, filters=filters) == []
    assert docker_client.networks.list(filters=filters) == []


@pytest.fixture
def enter(
    registry: DockerRegistry,
    engine: SandboxEngine,
    docker_client: docker.DockerClient,
    installation: str,
) -> Iterator[Enter]:
    """Makes machines: `enter("ada", "containers", teaches=False)`; their names are unlike those of
    other tests."""
    student_machines = []
    image = engine.image(f"{installation}/registry:latest")
    limits = dataclasses.replace(LINUX, capabilities=(*LINUX.capabilities, "NET_ADMIN", "NET_RAW"))

    def new(
        name: str, course: str = "containers", *, teaches: bool = False, joined: bool = True
    ) -> Student:
        student_machines.append(str(uuid.uuid4()))
        handle = machine_on(
            engine,
            student_machines[-1],
            kind="docker",
            image=image.id,
            limits=limits,
            image_bytes=image.size_bytes,
            command=SLEEP,
            tools=False,
        )
        if joined:
            registry.join(handle.network_id)
        registry.put_files(handle.container_id, {"/root/client.py": (CLIENT, 0o644)})
        student = Student(
            docker_client,
            handle,
            f"{name}{len(student_machines)}{uuid.uuid4().hex[:6]}",
            course,
            teaches=teaches,
        )
        student.container.exec_run(["cp", "/root/client.py", "/tmp/client.py"])
        return student

    yield new
    for machine_id in student_machines:
        engine.remove_machine(machine_id)
    left = docker_client.networks.list(filters={"label": f"drydock.installation={installation}"})
    assert left == []
