"""The pull-through cache, with a registry of our own in Docker Hub's place."""

import dataclasses
import json
import time
from collections.abc import Iterator
from typing import Any

import docker
import pytest

from sandboxes.registry.engine import DockerRegistry
from tests.support.registry.students import SPEC, Enter, Student
from tests.support.registry.upstream import end as end_of
from tests.support.registry.upstream import push_upstream, source, upstream_of


@pytest.fixture
def upstream(
    registry: DockerRegistry, docker_client: docker.DockerClient, installation: str
) -> Iterator[Any]:
    """What the mirror is a cache of."""
    with upstream_of(registry, docker_client, installation) as upstream_registry:
        yield upstream_registry
    registry.ensure(SPEC)


def pull_mirrored(student: Student, image: str) -> dict[str, Any]:
    student.container.exec_run(
        ["sh", "-c", 'sed \'s/"registry", 5000/"registry", 5001/\' /tmp/client.py > /tmp/m.py']
    )
    output = student.container.exec_run(
        ["python3", "/tmp/m.py", "x", "", "pull", *image.split(":")]
    )
    assert output.exit_code == 0, output.output.decode()
    return dict(json.loads(output.output))


def test_a_mirror_fetches_once_and_serves_the_class_from_then_on(
    enter: Enter, registry: DockerRegistry, upstream: Any
) -> None:
    push_upstream(upstream, "push", "library/nginx", "latest", "100000", "nginx")
    ada, bob = enter("ada"), enter("bob")
    registry.ensure(dataclasses.replace(SPEC, mirror_of=source(upstream)))
    end = time.monotonic() + 20
    while (first := pull_mirrored(ada, "library/nginx:latest"))["status"] != 200:
        assert time.monotonic() < end, first
        time.sleep(0.3)
    end_of(upstream)
    again = pull_mirrored(bob, "library/nginx:latest")
    assert (again["status"], again["layer"]) == (200, first["layer"])
    assert first["layer"] == first["digest"].removeprefix("sha256:")


def test_without_a_source_there_is_no_mirror(
    enter: Enter, registry: DockerRegistry, docker_client: docker.DockerClient, installation: str
) -> None:
    assert pull_mirrored(enter("ada"), "library/nginx:latest")["status"] == 0
    filters = {"name": f"{installation}-registry-mirror"}
    assert docker_client.containers.list(all=True, filters=filters) == []
