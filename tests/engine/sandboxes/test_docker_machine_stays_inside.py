"""Try to get out of a `docker` machine, as root who may mount there."""

import base64
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import docker
import pytest

from sandboxes.engine.facts import EngineInfo
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.limits import GIB
from sandboxes.errors import MachineTypeRefused
from sandboxes.machine_types.docker import LIMITS
from sandboxes.machine_types.registry import machine_type
from tests.support.machines import TypedMachine, docker_machine, reached

pytestmark = pytest.mark.engine

# ioctl(BTRFS_IOC_SUBVOL_CREATE), linux/btrfs.h.
MAKE_SUBVOLUME = (
    "import fcntl,os,struct; "
    "fcntl.ioctl(os.open('/root', os.O_RDONLY), 0x5000940e, bytearray(struct.pack('q4088s', 0, "
    "b'sub')))"
)


@pytest.fixture(scope="module")
def machine(engine: SandboxEngine, need_image: Callable[[str], None]) -> Iterator[TypedMachine]:
    with docker_machine(engine, need_image) as typed_machine:
        yield typed_machine


@pytest.fixture(scope="module")
def spare(engine: SandboxEngine, need_image: Callable[[str], None]) -> Iterator[TypedMachine]:
    """Another student's machine, which the last test fills up."""
    with docker_machine(engine, need_image) as typed_machine:
        yield typed_machine


def refused(machine: TypedMachine, command: str) -> None:
    code, output = machine.run(f"timeout 8 {command}")
    assert code != 0, f"{command} went through: {output}"


def test_container_is_not_privileged(
    machine: TypedMachine, docker_client: docker.DockerClient
) -> None:
    inspected = docker_client.api.inspect_container(machine.handle.container_id)
    host = inspected["HostConfig"]
    assert not host["Privileged"]
    assert host["UsernsMode"] == ""  # the engine's own remapping
    assert sorted(host["CapAdd"]) == sorted(LIMITS.capabilities)
    assert not host["Devices"]
    assert not any("docker.sock" in mount["Source"] for mount in inspected["Mounts"])
    assert (host["Memory"], host["PidsLimit"], host["NanoCpus"]) == (
        LIMITS.memory_bytes,
        LIMITS.pids,
        1_000_000_000,
    )


ATTEMPTS = (
    "echo 1 > /proc/sys/kernel/panic",
    "echo x > /proc/sys/kernel/core_pattern",
    "echo 1 > /proc/sys/vm/drop_caches",
    "echo h > /proc/sysrq-trigger",
    "echo 0 > /sys/kernel/mm/transparent_hugepage/enabled",
    "mknod /tmp/disk b 254 0 && dd if=/tmp/disk of=/dev/null count=1",
    "mknod /tmp/mem c 1 1 && dd if=/tmp/mem of=/dev/null count=1",
    "mkdir -p /tmp/m && mount -t ext4 /dev/vda /tmp/m",
    "mkdir -p /tmp/m && mount -t debugfs none /tmp/m && ls /tmp/m/*",
    "mkdir -p /tmp/m && mount -t bpf none /tmp/m && mkdir /tmp/m/x && ls /tmp/m/maps.debug && "
    "false",
    "dmesg -C",
    "date -s 2001-01-01",
    "chroot /proc/1/root/../../.. ls /var/lib/docker/containers/nowhere",
)
# The most that a container in the machine gets. With --privileged none starts where the machine's
# own /sys may only be read, and --cap-add ALL asks for more than the machine has.
WIDEST = (
    "--cap-add SYS_ADMIN --cap-add NET_ADMIN "
    "--security-opt seccomp=unconfined --security-opt systempaths=unconfined"
)


def what_goes_through(machine: TypedMachine, shell: str) -> tuple[int, list[str]]:
    """Which of ATTEMPTS succeed in a shell, after one that must and before a last word."""
    lines = [
        f"( {attempt} ) > /dev/null 2>&1 && echo '{attempt}'" for attempt in ("true", *ATTEMPTS)
    ]
    script = base64.b64encode("\n".join([*lines, "echo all tried"]).encode()).decode()
    code, output = machine.run(f"echo {script} | base64 -d | timeout 60 {shell}")
    return code, output.splitlines()


@pytest.mark.parametrize(
    "run", ["", f"docker run -i --rm {WIDEST} drydock/debian "], ids=["machine", "container"]
)
def test_kernel_and_devices_stay_out_of_reach(machine: TypedMachine, run: str) -> None:
    """In the machine itself, and in a container in it that was run with every privilege."""
    assert what_goes_through(machine, f"{run}sh") == (0, ["true", "all tried"])


def test_inner_privileged_gains_nothing(machine: TypedMachine) -> None:
    """Asked of the engine itself, past the command that refuses it in words."""
    run = "/usr/bin/docker run -i --rm --privileged drydock/debian sh"
    code, output = what_goes_through(machine, run)
    if code == 0:
        assert output == ["true", "all tried"]
    else:
        assert "operation not permitted" in " ".join(output)


def test_modules_and_other_calls_are_refused(machine: TypedMachine) -> None:
    for number in (
        175,
        313,
        246,
        321,
        298,
        425,
        250,
    ):  # init_module, finit_module, kexec_load, bpf, perf_event_open,
        # io_uring_setup, keyctl
        program = (
            f"import ctypes,sys; sys.exit(ctypes.CDLL(None).syscall({number}, 0, 0, 0, 0, 0) < 0)"
        )
        code, _ = machine.run(f'python3 -c "{program}"')
        assert code == 1, f"system call {number} went through"


@pytest.mark.parametrize("family", [38, 40], ids=["AF_ALG", "AF_VSOCK"])
def test_socket_families_that_leave_the_machine_are_refused(
    machine: TypedMachine, family: int
) -> None:
    refused(machine, f"python3 -c 'import socket; socket.socket({family}, socket.SOCK_STREAM)'")


def test_tools_of_the_platform_stay_as_they_are(machine: TypedMachine) -> None:
    """The volume is shared with every machine.

    Its mount may be made writable in here; its files may not be written.
    """
    machine.run("mount -o remount,bind,rw /.drydock")
    for attempt in (
        "touch /.drydock/new",
        "sh -c 'echo > /.drydock/checker'",
        "rm -f /.drydock/ptyd",
        "chmod 777 /.drydock",
    ):
        refused(machine, attempt)
    refused(
        machine,
        f"docker run --rm {WIDEST} -v /.drydock:/t drydock/debian sh -c 'echo > /t/checker'",
    )


def test_cgroups_of_the_machine_stay_as_they_are(machine: TypedMachine) -> None:
    for name in (
        "memory/memory.limit_in_bytes",
        "pids/pids.max",
        "cpu/cpu.cfs_quota_us",
        "memory.max",
        "pids.max",
    ):
        file = f"/sys/fs/cgroup/{name}"  # version 1's, where its folder is a tmpfs, or version 2's
        refused(machine, f"sh -c 'test -e {file} && echo 9223372036854771712 > {file}'")
    refused(machine, "sh -c 'mkdir /sys/fs/cgroup/memory/more'")


def test_other_networks_are_out_of_reach(machine: TypedMachine, spare: TypedMachine) -> None:
    """Nobody is reached from the machine, nor from a container in it.

    Not the host, its services (Redis, the database, the outer engine), another student, the
    metadata address, the internet.
    """
    listener = socket.create_server(("0.0.0.0", 0))  # on every address that the host has
    port = listener.getsockname()[1]
    accepted: list[object] = []
    threading.Thread(target=lambda: accepted.append(listener.accept()), daemon=True).start()
    other = spare.say("hostname -i").split()[0]
    gateway = other.rpartition(".")[0] + ".1"
    own_addresses = {line.split()[3].split("/")[0] for line in _host_addresses()}
    targets = [(address, port) for address in {gateway, *own_addresses}]
    targets += [(other, 2375), ("169.254.169.254", 80), ("1.1.1.1", 53)]
    assert reached(machine, targets) == []
    inner = " ".join(
        f"(timeout 2 nc -z {address} {number} && echo reached) &" for address, number in targets[:4]
    )
    _, output = machine.run(f"docker run --rm --network host drydock/busybox sh -c '{inner} wait'")
    assert "reached" not in output
    assert not accepted
    listener.close()


def _host_addresses() -> list[str]:
    listed = subprocess.run(
        ["ip", "-o", "-4", "addr"], capture_output=True, text=True, check=True
    ).stdout
    return [line for line in listed.splitlines() if " lo " not in line]


def test_sockets_of_the_host_are_not_there(machine: TypedMachine) -> None:
    assert machine.say("find / -xdev -type s -not -path '/proc/*' 2>/dev/null; true").split() in (
        [],
        ["/run/drydock/pty.sock"],
    )
    assert machine.say("docker info --format '{{.Name}}' 2>/dev/null") == "box"  # its own engine


def test_full_disk_is_held_while_a_neighbour_goes_on(
    machine: TypedMachine, spare: TypedMachine
) -> None:
    if not machine.engine.info().size_limit:
        pytest.skip("this engine's storage driver can't bound a container's disk")
    # Most of it by reserving, which is quick; the bound is met by writing.
    reserve = "for i in 1 2 3 4; do fallocate -l 500M /fill\\$i || exit 1; done"
    write = "dd if=/dev/zero of=/fill\\$i bs=1M count=500"
    fill = f"{reserve}; for i in 5 6 7 8; do {write} || exit 1; done"
    code, output = spare.run(f'docker run --name full drydock/debian sh -c "{fill}"', seconds=120)
    assert code != 0
    assert "Disk quota exceeded" in output or "No space left" in output
    used = sum(
        int(size)
        for size in spare.say("find /var/lib/docker -name 'fill*' -printf '%s\\n'").split()
    )
    assert used <= LIMITS.disk_bytes
    assert used > GIB
    assert machine.say("docker run --rm drydock/busybox echo goes on") == "goes on"
    spare.run("docker rm -f full; rm -rf /var/lib/docker/overlay2/*/diff/fill*")


def test_subvolumes_can_not_be_made(machine: TypedMachine) -> None:
    """What lies in one counts for no limit of the machine's."""
    refused(machine, f'python3 -c "{MAKE_SUBVOLUME}"')


def test_engine_without_user_namespaces_is_refused(engine: SandboxEngine, settings: object) -> None:
    without: EngineInfo = replace(engine.cached_info(), userns=False)
    with pytest.raises(MachineTypeRefused, match="user namespaces"):
        machine_type("docker").refuse_on(without)
    machine_type("linux").refuse_on(without)
    settings.DANGEROUSLY_ALLOW_DOCKER_MACHINES_WITHOUT_USERNS = True  # type: ignore[attr-defined]  # pytest-django's
    machine_type("docker").refuse_on(without)
    settings.DANGEROUSLY_ALLOW_DOCKER_MACHINES_WITHOUT_USERNS = False  # type: ignore[attr-defined]
    settings.RUNTIMES = {"docker": "kata"}  # type: ignore[attr-defined]
    machine_type("docker").refuse_on(without)
