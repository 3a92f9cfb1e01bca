"""Join machines of a sandbox on a real engine: they reach each other by name, nobody else."""

import uuid
from collections.abc import Iterator

import docker
import pytest
from django.conf import settings

from sandboxes.engine.facts import MachineHandle, Member
from sandboxes.engine.interface import SandboxEngine
from tests.support.machines import machine_on

NAMES = ("web", "db", "shell")
# One answer, from a program that the platform brings in; then again.
SERVER = "while true; do echo hello from $(hostname) | /.drydock/busybox nc -l -p {port}; done"
Handles = dict[str, MachineHandle]


@pytest.fixture(scope="module")
def sandboxes(engine: SandboxEngine) -> Iterator[tuple[Handles, Handles]]:
    """Two students' sandboxes, each with three machines of the same names."""
    machines, sandbox_list = [], []

    def machine() -> MachineHandle:
        image = engine.image(f"{settings.INSTALLATION}/linux:latest")
        machines.append(str(uuid.uuid4()))
        handle = machine_on(
            engine,
            machines[-1],
            image=image.id,
            image_bytes=image.size_bytes,
            transport="socket",
        )
        engine.wait_for_shell(handle)
        return handle

    def sandbox() -> Handles:
        sandbox_list.append(str(uuid.uuid4()))
        handles = {name: machine() for name in NAMES}
        engine.join_machines(
            sandbox_list[-1],
            [Member(handle.container_id, name) for name, handle in handles.items()],
        )
        return handles

    yield sandbox(), sandbox()
    for machine_id in machines:
        engine.remove_machine(machine_id)
    for sandbox_id in sandbox_list:
        engine.remove_shared_network(sandbox_id)


@pytest.fixture(scope="module")
def handles(sandboxes: tuple[Handles, Handles]) -> Handles:
    """The first student's machines."""
    return sandboxes[0]


def run(client: docker.DockerClient, handle: MachineHandle, script: str) -> str:
    result = client.containers.get(handle.container_id).exec_run(["bash", "-c", script])
    return str(result.output.decode().strip())


def serve(client: docker.DockerClient, handle: MachineHandle, port: int = 80) -> None:
    client.containers.get(handle.container_id).exec_run(
        ["bash", "-c", SERVER.format(port=port)], detach=True
    )


def ask(client: docker.DockerClient, handle: MachineHandle, host: str, port: int = 80) -> str:
    return run(client, handle, f"timeout 2 cat < /dev/tcp/{host}/{port} || echo refused")


def address(client: docker.DockerClient, handle: MachineHandle) -> str:
    return run(client, handle, "hostname -I")


def test_two_sandboxes_do_not_reach_each_other(
    sandboxes: tuple[Handles, Handles], docker_client: docker.DockerClient
) -> None:
    ours, theirs = sandboxes
    serve(docker_client, theirs["web"], 81)
    where = address(docker_client, theirs["web"])
    assert ask(docker_client, theirs["db"], where, 81) == "hello from web"
    assert "refused" in ask(docker_client, ours["db"], where, 81)
    # The name means their own machine to each of them, and this one does not serve there.
    assert "refused" in ask(docker_client, ours["db"], "web", 81)


def test_three_machines_reach_each_other_by_name(
    handles: Handles, docker_client: docker.DockerClient
) -> None:
    for handle in handles.values():
        serve(docker_client, handle)
    for name, handle in handles.items():
        others = [other for other in NAMES if other != name]
        assert [ask(docker_client, handle, other) for other in others] == [
            f"hello from {other}" for other in others
        ]


def test_machines_have_their_names_as_host_names(
    handles: Handles, docker_client: docker.DockerClient
) -> None:
    assert [run(docker_client, handle, "hostname") for handle in handles.values()] == list(NAMES)


def test_shared_network_has_no_way_out(
    handles: Handles, docker_client: docker.DockerClient
) -> None:
    gateway = run(docker_client, handles["web"], "ip route show default | cut -d' ' -f3")
    hosts = ("169.254.169.254", "1.1.1.1", gateway)
    tries = " ".join(f"(timeout 2 cat < /dev/tcp/{host}/80 || echo refused) &" for host in hosts)
    assert run(docker_client, handles["web"], f"({tries} wait) 2>/dev/null").split() == [
        "refused"
    ] * len(hosts)
