"""Several machines of one sandbox on a real engine: they reach each other by name, and nobody else."""

import uuid
from collections.abc import Callable, Iterator

import docker
import pytest
from django.conf import settings

from sandboxes.engine import MachineHandle, MachineSpec, Member, SandboxEngine
from sandboxes.limits import LINUX

NAMES = ("web", "db", "shell")
# One answer on port 80, from a program that the platform brings in; then again.
SERVER = "while true; do echo hello from $(hostname) | /.drydock/busybox nc -l -p 80; done"
Make = Callable[[str], dict[str, MachineHandle]]


@pytest.fixture
def make_sandbox(engine: SandboxEngine) -> Iterator[Make]:
    machines, sandboxes = [], []

    def machine() -> MachineHandle:
        image = engine.image(f"{settings.INSTALLATION}/linux:latest")
        spec = MachineSpec(str(uuid.uuid4()), "linux", image.id, "box", LINUX, "socket", image.size_bytes)
        machines.append(spec.machine_id)
        handle = engine.create_machine(spec)
        engine.start_machine(handle.container_id)
        engine.wait_for_shell(handle)
        return handle

    def make(sandbox_id: str) -> dict[str, MachineHandle]:
        sandboxes.append(sandbox_id)
        handles = {name: machine() for name in NAMES}
        engine.join_machines(sandbox_id, [Member(handle.container_id, name) for name, handle in handles.items()])
        return handles

    yield make
    for machine_id in machines:
        engine.remove_machine(machine_id)
    for sandbox_id in sandboxes:
        engine.remove_shared_network(sandbox_id)


def run(client: docker.DockerClient, handle: MachineHandle, script: str) -> str:
    result = client.containers.get(handle.container_id).exec_run(["bash", "-c", script])
    return str(result.output.decode().strip())


def serve(client: docker.DockerClient, handle: MachineHandle) -> None:
    client.containers.get(handle.container_id).exec_run(["bash", "-c", SERVER], detach=True)


def ask(client: docker.DockerClient, handle: MachineHandle, host: str) -> str:
    return run(client, handle, f"timeout 2 cat < /dev/tcp/{host}/80 || echo refused")


def address(client: docker.DockerClient, handle: MachineHandle) -> str:
    return run(client, handle, "hostname -I")


def test_three_machines_reach_each_other_by_name(make_sandbox: Make, docker_client: docker.DockerClient) -> None:
    handles = make_sandbox(str(uuid.uuid4()))
    for handle in handles.values():
        serve(docker_client, handle)
    for name, handle in handles.items():
        others = [other for other in NAMES if other != name]
        assert [ask(docker_client, handle, other) for other in others] == [f"hello from {other}" for other in others]


def test_machines_have_their_names_as_host_names(make_sandbox: Make, docker_client: docker.DockerClient) -> None:
    handles = make_sandbox(str(uuid.uuid4()))
    assert [run(docker_client, handle, "hostname") for handle in handles.values()] == list(NAMES)


def test_two_sandboxes_do_not_reach_each_other(make_sandbox: Make, docker_client: docker.DockerClient) -> None:
    mine, theirs = make_sandbox(str(uuid.uuid4())), make_sandbox(str(uuid.uuid4()))
    serve(docker_client, theirs["web"])
    where = address(docker_client, theirs["web"])
    assert ask(docker_client, theirs["db"], where) == "hello from web"
    assert "refused" in ask(docker_client, mine["db"], where)
    # The name means their own machine to each of them, and that one does not serve.
    assert "refused" in ask(docker_client, mine["db"], "web")


def test_shared_network_has_no_way_out(make_sandbox: Make, docker_client: docker.DockerClient) -> None:
    handles = make_sandbox(str(uuid.uuid4()))
    gateway = run(docker_client, handles["web"], "ip route show default | cut -d' ' -f3")
    for host in ("169.254.169.254", "1.1.1.1", gateway):
        assert "refused" in ask(docker_client, handles["web"], host)
