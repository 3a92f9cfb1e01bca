"""The pull-through cache, with a registry of our own in Docker Hub's place."""

import dataclasses
import json
import time
from collections.abc import Iterator
from typing import Any

import docker
import pytest

from sandboxes.registry.engine import DockerRegistry
from tests.sandboxes.registry.students import CLIENT, SPEC, Enter, Student


@pytest.fixture
def upstream(registry: DockerRegistry, docker_client: docker.DockerClient, installation: str) -> Iterator[Any]:
    """A registry that stands for Docker Hub, in the network that the mirror has a way out by."""
    config = {"version": "0.1", "storage": {"inmemory": {}}, "http": {"addr": ":5000"}}
    script = f"echo '{json.dumps(config)}' > /tmp/c.yml && exec docker-registry serve /tmp/c.yml"
    one = docker_client.containers.run(
        f"{installation}/registry:latest",
        ["sh", "-c", script],
        detach=True,
        network=registry._way_out(),
        labels={"drydock.installation": installation},
    )
    yield one
    one.remove(force=True)
    registry.ensure(SPEC)


def source(upstream: Any) -> str:
    upstream.reload()
    (network,) = upstream.attrs["NetworkSettings"]["Networks"].values()
    return f"http://{network['IPAddress']}:5000"


def push_upstream(upstream: Any, image: str, seed: str) -> None:
    """As the world fills Docker Hub."""
    script = CLIENT.decode().replace('"registry", 5000', '"localhost", 5000')
    command = ["python3", "-c", script, "x", "", "push", *image.split(":"), "100000", seed]
    end = time.monotonic() + 10
    while b'"status": 201' not in upstream.exec_run(command).output:
        assert time.monotonic() < end
        time.sleep(0.2)


def pull_mirrored(student: Student, image: str) -> dict[str, Any]:
    student.container.exec_run(["sh", "-c", 'sed \'s/"registry", 5000/"registry", 5001/\' /tmp/client.py > /tmp/m.py'])
    said = student.container.exec_run(["python3", "/tmp/m.py", "x", "", "pull", *image.split(":")])
    assert said.exit_code == 0, said.output.decode()
    return dict(json.loads(said.output))


def test_a_mirror_fetches_once_and_serves_the_class_from_then_on(
    enter: Enter, registry: DockerRegistry, upstream: Any
) -> None:
    push_upstream(upstream, "library/nginx:latest", "nginx")
    ada, bob = enter("ada"), enter("bob")
    registry.ensure(dataclasses.replace(SPEC, mirror_of=source(upstream)))
    end = time.monotonic() + 20
    while (first := pull_mirrored(ada, "library/nginx:latest"))["status"] != 200:
        assert time.monotonic() < end, first
        time.sleep(0.3)
    upstream.stop(timeout=0)
    again = pull_mirrored(bob, "library/nginx:latest")
    assert (again["status"], again["layer"]) == (200, first["layer"])
    assert first["layer"] == first["digest"].removeprefix("sha256:")


def test_without_a_source_there_is_no_mirror(
    enter: Enter, registry: DockerRegistry, docker_client: docker.DockerClient, installation: str
) -> None:
    assert pull_mirrored(enter("ada"), "library/nginx:latest")["status"] == 0
    wanted = {"name": f"{installation}-registry-mirror"}
    assert docker_client.containers.list(all=True, filters=wanted) == []
