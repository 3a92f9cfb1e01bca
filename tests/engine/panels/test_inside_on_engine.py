"""*Inside / outside* on real machines: one process under its two pids, or three."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest
from django.conf import settings

from core.waiting import wait_until
from panels.machine import ObservedMachine
from panels.topics.process_tree import read_process_tree
from sandboxes.engine.docker.engine import DockerEngine
from sandboxes.engine.facts import HostProcess
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.registry import machine_type
from tests.support.machines import MachineMaker, RealMachine, TypedMachine, docker_machine

pytestmark = pytest.mark.engine

SLEEP = "sleep 1234"


@pytest.fixture(scope="module")
def maker(engine: SandboxEngine, docker_client: docker.DockerClient) -> Iterator[MachineMaker]:
    machines = MachineMaker(engine, docker_client)
    yield machines
    machines.remove_all()


@pytest.fixture(scope="module")
def box(maker: MachineMaker) -> RealMachine:
    machine = maker.make_plain()
    machine.leave_running(f"exec {SLEEP}")
    return machine


@pytest.fixture(scope="module")
def dock(engine: SandboxEngine, need_image: Callable[[str], None]) -> Iterator[TypedMachine]:
    with docker_machine(engine, need_image) as machine:
        machine.say("docker run -d --name harbour drydock/busybox sleep 1234")
        yield machine


def sleeping(engine: SandboxEngine, container_id: str) -> HostProcess:
    [process] = [
        each for each in engine.process_tree(container_id).processes if each.command == SLEEP
    ]
    return process


def observed(machine: Any, kind: str) -> ObservedMachine:
    return ObservedMachine(
        machine.machine_id,
        "box",
        machine.handle.container_id,
        machine_type(kind),
        machine.engine,
        1,
    )


def test_process_has_one_pid_outside_and_another_inside(
    engine: SandboxEngine, box: RealMachine
) -> None:
    process = sleeping(engine, box.container_id)
    outside, inside = process.numbers
    assert str(inside) in box.say("pgrep -x sleep").split()
    rows = {each.pid: each.args for each in engine.processes(box.container_id)}
    assert rows[outside] == SLEEP
    assert outside != inside
    assert process.inner_uid == 0
    assert process.uid == engine.cached_info().remap_uid


def test_namespaces_are_those_that_the_machine_reads(
    engine: SandboxEngine, box: RealMachine
) -> None:
    inside = dict(re.findall(r"(\w+):\[(\d+)\]", box.say("readlink /proc/1/ns/*")))
    namespaces = sleeping(engine, box.container_id).namespaces
    assert {name: str(number) for name, number in namespaces.items()} == inside
    tree = engine.process_tree(box.container_id)
    shared = {name for name in namespaces if namespaces[name] == tree.host_namespaces[name]}
    assert shared <= {"time", "user", "cgroup"}  # the last two as the engine is configured


def test_capabilities_are_those_that_the_machine_reads(
    engine: SandboxEngine, box: RealMachine
) -> None:
    process = sleeping(engine, box.container_id)
    fields = dict(re.findall(r"(Cap\w+):\s+(\w+)", box.say("cat /proc/1/status")))
    assert process.bounding == int(fields["CapBnd"], 16)
    missing = read_process_tree(observed(box, "linux"))["worlds"][0]["missing"]
    assert {16, 21, 12} <= set(missing)  # modules, mounts, networks
    assert 0 not in missing  # chown


def test_machines_see_nothing_of_each_other_or_of_the_host(
    engine: SandboxEngine, maker: MachineMaker, box: RealMachine
) -> None:
    other = maker.make_idle()
    own, others = (
        {process.numbers[0] for process in engine.process_tree(each.container_id).processes}
        for each in (box, other)
    )
    assert not own & others
    tree = engine.process_tree(box.container_id)
    assert own <= {each.pid for each in engine.processes(box.container_id)}
    assert all(each.parent in own | {0} for each in tree.processes)
    assert all(len(each.numbers) == 2 for each in tree.processes)


def test_forged_name_stays_a_name(engine: SandboxEngine, box: RealMachine) -> None:
    box.leave_running(
        "name=$'/tmp/<b>\\e[31m\\n'; cp /bin/sleep \"$name\"; "
        "exec -a $'NSpid:\\t1\\n\\u202e' \"$name\" 99"
    )
    [process] = [
        each
        for each in engine.process_tree(box.container_id).processes
        if each.name.startswith("<b>")
    ]
    assert len(process.numbers) == 2
    assert process.name.isprintable()
    assert process.command.isprintable()
    assert process.command.startswith("NSpid:")


def test_limits_are_used_up_as_processes_start(engine: SandboxEngine, box: RealMachine) -> None:
    before = engine.resource_use(box.container_id)
    box.leave_running("for i in 1 2 3 4 5; do sleep 77 & done; wait")
    after = engine.resource_use(box.container_id)
    assert after.processes >= before.processes + 5
    assert (after.processes_limit, after.memory_limit) == (256, 512 * 2**20)


def test_process_in_a_container_has_three_pids(engine: SandboxEngine, dock: TypedMachine) -> None:
    process = sleeping(engine, dock.handle.container_id)
    assert len(process.numbers) == 3
    middle = dock.say("docker inspect -f '{{.State.Pid}}' harbour")
    assert process.numbers[1:] == (int(middle), 1)
    data = read_process_tree(observed(dock, "docker"))
    assert data["worlds"][1]["name"] == "harbour"
    [row] = [each for each in data["processes"] if each["command"] == SLEEP]
    assert row["world"] == 1
    machine, container = (world["namespaces"] for world in data["worlds"][:2])
    assert machine["net"] != container["net"]
    assert machine["user"] == container["user"]


def test_processes_go_as_their_container_does(engine: SandboxEngine, dock: TypedMachine) -> None:
    dock.say("docker run -d --name ferry drydock/busybox sleep 4321")

    def commands() -> set[str]:
        tree = engine.process_tree(dock.handle.container_id)
        return {each.command for each in tree.processes}

    assert "sleep 4321" in commands()
    dock.say("docker rm -f ferry")
    assert wait_until(lambda: "sleep 4321" not in commands(), seconds=20, poll_seconds=0.2)


def test_engine_of_another_host_says_that_it_can_not_see(
    docker_url: str, installation: str, box: RealMachine
) -> None:
    afar = DockerEngine(
        docker_url,
        installation=installation,
        sockets_dir=settings.SOCKETS_DIR,
        tools_dir=settings.VAR_DIR / "tools",
        use_host=False,
    )
    tree = afar.process_tree(box.container_id)
    assert (tree.visible, tree.processes) == (False, ())
    assert afar.resource_use(box.container_id).memory_limit == 512 * 2**20
