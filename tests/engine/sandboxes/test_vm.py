"""Use a virtual machine on the real engine as a student does.

That is its boot log, its shell, its hardware and its power switch.
"""

import re
import uuid
from collections.abc import Callable, Iterator

import docker
import pytest

from checks.evidence.collector import collect
from checks.evidence.tasks import Subject
from checks.results import evaluate
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.machine_paths import BOOT_FILE
from sandboxes.machine_types.vm import LIMITS
from tests.support.checks.evidence import measurement_check
from tests.support.clients.ptyd import Typist
from tests.support.machines import TypedMachine, reached, start_typed

pytestmark = pytest.mark.engine

PROMPT = "root@guest"
SECONDS = 120  # a guest boots in three on a host that is idle, and this one may not be


def power_on(engine: SandboxEngine, kind: str) -> TypedMachine:
    machine = start_typed(engine, kind)
    machine.typist.until(PROMPT, SECONDS)
    machine.typist.until_prompt()
    return machine


@pytest.fixture(scope="module")
def machine(engine: SandboxEngine, need_image: Callable[[str], None]) -> Iterator[TypedMachine]:
    """One guest for all of this file; what a test changes it puts back."""
    need_image("vm")
    typed_machine = power_on(engine, "vm")
    yield typed_machine
    typed_machine.typist.close()
    engine.remove_machine(typed_machine.machine_id)


def outside(machine: TypedMachine, client: docker.DockerClient, *command: str) -> str:
    """What a command prints in the container around the guest."""
    execution = client.api.exec_create(machine.handle.container_id, list(command))
    return client.api.exec_start(execution["Id"]).decode(errors="replace").strip()


def test_boot_log_stands_there_from_the_first_line(machine: TypedMachine) -> None:
    output = machine.typist.output.decode(errors="replace")
    first, run_init = output.find("Linux version"), output.find("Run /init")
    assert 0 <= first < run_init < output.find(PROMPT)


def test_boot_is_timed_where_the_student_cannot_reach(machine: TypedMachine) -> None:
    uptime = machine.say("cut -d' ' -f1 /proc/uptime")
    assert machine.run(f"test -e {BOOT_FILE}")[0] != 0
    machine.say(f"echo '{uptime} s' > /root/boot")
    check = measurement_check(of="boot-time", unit="s", path="/root/boot", within=SECONDS)
    collected = collect(
        checks=[check],
        subject=Subject(machine.handle.container_id, "", "vm"),
        engine=machine.engine,
    )
    took = collected["measured"]["boot-time"] or 0
    assert 0 < took < float(uptime) + SECONDS
    assert evaluate(check, collected).found == f"“{uptime} s”"


def test_kernel_is_the_guests_own(
    machine: TypedMachine, docker_client: docker.DockerClient
) -> None:
    release = machine.say("uname -r")
    assert release.endswith("-cloud-amd64")
    assert release != outside(machine, docker_client, "uname", "-r")


def test_hardware_is_the_guests_own(machine: TypedMachine) -> None:
    assert "QEMU Virtual CPU" in machine.say("cat /proc/cpuinfo")
    assert "Virtio" in machine.say("lspci")
    total = int(machine.say("free -m | awk '/Mem/ {print $2}'"))
    assert 100 < total <= 192


def test_window_size_reaches_the_guest(machine: TypedMachine) -> None:
    typist = machine.typist
    assert machine.say("stty size") == "40 120"
    typist.resize(97, 31)
    machine.say("for i in $(seq 40); do [ \"$(stty size)\" = '31 97' ] && break; sleep 0.2; done")
    assert machine.say("stty size") == "31 97"
    typist.resize(120, 40)
    machine.say("until [ \"$(stty size)\" = '40 120' ]; do sleep 0.2; done")


def test_second_terminal_is_a_console_of_the_same_guest(machine: TypedMachine) -> None:
    mark = uuid.uuid4().hex
    second = Typist(machine.handle.socket_path, "2")
    try:
        second.until(PROMPT, SECONDS)
        second.until_prompt()
        second.say(f"echo {mark} > /tmp/mark")
        assert machine.say("cat /tmp/mark") == mark
        assert (machine.say("tty"), second.say("tty")) == ("/dev/ttyS0", "/dev/hvc0")
    finally:
        second.close()


def test_guest_reaches_nothing_outside(
    machine: TypedMachine, docker_client: docker.DockerClient
) -> None:
    networks = docker_client.api.inspect_container(machine.handle.container_id)["NetworkSettings"][
        "Networks"
    ]
    gateways = {network["Gateway"] for network in networks.values()} - {""}
    machine.say(
        "(busybox nc -l -p 81 > /dev/null &); until grep -q :0051 /proc/net/tcp*; do sleep 0.1; "
        "done"
    )
    assert reached(machine, [("127.0.0.1", 81)]) == ["127.0.0.1:81"]  # what is there is found
    addresses = {"169.254.169.254", "1.1.1.1", "172.17.0.1", *gateways}
    assert reached(machine, [(address, port) for address in addresses for port in (80, 2375)]) == []


def test_container_has_no_powers_and_the_limits(
    machine: TypedMachine, docker_client: docker.DockerClient
) -> None:
    host = docker_client.api.inspect_container(machine.handle.container_id)["HostConfig"]
    assert not host["Privileged"]
    assert not host["CapAdd"]
    assert not host["Devices"]
    assert (host["Memory"], host["MemorySwap"], host["PidsLimit"]) == (
        LIMITS.memory_bytes,
        LIMITS.memory_bytes,
        LIMITS.pids,
    )


def test_keys_never_reach_the_container(machine: TypedMachine) -> None:
    """No key ends QEMU.

    Ctrl-A X would, with its monitor on the serial line; Ctrl-Z and Ctrl-\\ end a program without
    raw mode.
    """
    machine.typist.type("\x01x\x1a\x1c\x03\r")
    assert machine.say("hostname") == "guest"


def test_power_off_and_on_again(machine: TypedMachine) -> None:
    mark, typist = uuid.uuid4().hex, machine.typist
    machine.say(f"echo {mark} > /root/kept")
    after = len(typist.output)
    typist.type("poweroff\r")
    typist.until("The machine is off", SECONDS, after)
    after = len(typist.output)
    typist.type("\r")
    typist.until("Linux version", SECONDS, after)
    typist.until(PROMPT, SECONDS, after)
    typist.until_prompt()
    assert machine.say("cat /root/kept; rm /root/kept") == mark


def test_reboot_starts_it_again_by_itself(machine: TypedMachine) -> None:
    typist, after = machine.typist, len(machine.typist.output)
    typist.type("reboot\r")
    typist.until("Linux version", SECONDS, after)
    typist.until(PROMPT, SECONDS, after)
    typist.until_prompt()
    assert re.fullmatch(r"\d+", machine.say("cut -d. -f1 /proc/uptime"))


def test_parked_machine_boots_with_its_disk(machine: TypedMachine) -> None:
    mark = uuid.uuid4().hex
    machine.say(f"echo {mark} > /root/kept; sync")
    machine.typist.close()
    machine.engine.stop_machine(machine.handle.container_id)
    machine.start_again()
    machine.typist.until(PROMPT, SECONDS)
    machine.typist.until_prompt()
    assert machine.say("cat /root/kept; rm /root/kept") == mark


def test_gone_with_its_machine(
    engine: SandboxEngine, need_image: Callable[[str], None], docker_client: docker.DockerClient
) -> None:
    need_image("vm")
    created = power_on(engine, "vm-resume")
    processes = docker_client.api.top(created.handle.container_id)["Processes"]
    assert any("qemu-system" in " ".join(process) for process in processes)
    created.typist.close()
    engine.remove_machine(created.machine_id)
    with pytest.raises(docker.errors.NotFound):
        docker_client.api.inspect_container(created.handle.container_id)
