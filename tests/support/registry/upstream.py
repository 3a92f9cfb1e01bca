"""A registry that stands for Docker Hub, in the network that the mirror has a way out by."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import docker

from sandboxes.registry.engine import DockerRegistry
from tests.support.registry.students import CLIENT
from tests.support.waiting import wait_for


@contextmanager
def upstream_of(
    registry: DockerRegistry, client: docker.DockerClient, installation: str
) -> Iterator[Any]:
    """The container, running."""
    config = {"version": "0.1", "storage": {"inmemory": {}}, "http": {"addr": ":5000"}}
    script = (
        f"echo '{json.dumps(config)}' > /tmp/c.yml && docker-registry serve /tmp/c.yml; exec"
        " sleep 600"
    )
    container = client.containers.run(
        f"{installation}/registry:latest",
        ["sh", "-c", script],
        detach=True,
        network=registry._way_out(),
        labels={"drydock.installation": installation},
    )
    try:
        yield container
    finally:
        container.remove(force=True)


def end(upstream: Any) -> None:
    """Let it answer no more, at once: its address stays, and nobody listens there."""
    assert upstream.exec_run(["sh", "-c", "kill -9 $(pidof docker-registry)"]).exit_code == 0


def source(upstream: Any) -> str:
    """Its address, for the mirror."""
    upstream.reload()
    (network,) = upstream.attrs["NetworkSettings"]["Networks"].values()
    return f"http://{network['IPAddress']}:5000"


def push_upstream(upstream: Any, *argv: str) -> None:
    """As the world fills Docker Hub; `words` are an action of the client's and what it takes."""
    script = CLIENT.decode().replace('"registry", 5000', '"localhost", 5000')
    command = ["python3", "-c", script, "x", "", *argv]
    wait_for(lambda: b'"status": 201' in upstream.exec_run(command).output, "the push upstream")
