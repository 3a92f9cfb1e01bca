"""Assert what the kernel refuses a `linux` machine, on a real container."""

import subprocess
from pathlib import Path

import pytest

from core.archives import pack_tar
from tests.support.machines import RealMachine

pytestmark = pytest.mark.engine


def test_seccomp_is_on(shared_machine: RealMachine) -> None:
    assert shared_machine.say("grep -w Seccomp /proc/self/status | cut -f2") == "2"


@pytest.mark.parametrize(
    "command",
    [
        "mount -t tmpfs none /mnt",
        "umount /tmp",
        "unshare --user true",
        "unshare --net true",
        "unshare --mount true",
        "mknod /tmp/disk b 8 0",
        "hostname other",
        "date -s 2000-01-01",
        "dmesg",
        "nsenter --target 1 --mount true",
    ],
)
def test_refused(shared_machine: RealMachine, command: str) -> None:
    code, output = shared_machine.run(command)
    assert code != 0, output


# Families by number; a call that is denied by seccomp fails with EPERM (1), an unknown one with
# EAFNOSUPPORT (97).
SOCKETS = """
#include <stdio.h>
#include <errno.h>
#include <sys/socket.h>
int main(void) {
  int types[][3] = {{40, 1, 0}, {38, 5, 0}, {17, 3, 3}, {2, 3, 1}, {2, 1, 0}, {1, 1, 0}};
  for (int i = 0; i < 6; i++) {
    errno = 0;
    int fd = socket(types[i][0], types[i][1], types[i][2]);
    printf("%d:%s:%d ", types[i][0], fd < 0 ? "no" : "yes", fd < 0 ? errno : 0);
  }
  return 0;
}
"""


def test_vsock_alg_and_packet_sockets_are_refused(
    shared_machine: RealMachine, tmp_path: Path
) -> None:
    """AF_VSOCK (40) and AF_ALG (38) fail by seccomp, AF_PACKET (17) and raw without CAP_NET_RAW."""
    put_program(shared_machine, SOCKETS, "sockets", tmp_path)
    assert shared_machine.say("/root/sockets").split() == [
        "40:no:1",
        "38:no:1",
        "17:no:1",
        "2:no:1",
        "2:yes:0",
        "1:yes:0",
    ]


NAMESPACES = """
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  long calls[][2] = {{SYS_clone, CLONE_NEWUSER}, {SYS_unshare, CLONE_NEWNS}, {SYS_clone3, 0},
                     {425, 1}, {SYS_bpf, 0}, {SYS_keyctl, 0}, {SYS_add_key, 0}, {SYS_setns, 0},
                     {SYS_userfaultfd, 0}, {SYS_perf_event_open, 0}};
  for (int i = 0; i < 10; i++) {
    errno = 0;
    if (syscall(calls[i][0], calls[i][1], 0, 0, 0, 0) == 0) return 9;
    printf("%d ", errno);
  }
  return 0;
}
"""


def test_namespaces_and_other_calls_are_refused(
    shared_machine: RealMachine, tmp_path: Path
) -> None:
    """All with EPERM, but clone3, which is said not to exist (ENOSYS)."""
    put_program(shared_machine, NAMESPACES, "namespaces", tmp_path)
    assert shared_machine.say("/root/namespaces").split() == [
        "1",
        "1",
        "38",
        "1",
        "1",
        "1",
        "1",
        "1",
        "1",
        "1",
    ]


def put_program(box: RealMachine, source: str, name: str, folder: Path) -> None:
    """Compile a static program here and put it into the machine's home."""
    (folder / f"{name}.c").write_text(source)
    subprocess.run(["gcc", "-static", "-O1", "-o", folder / name, folder / f"{name}.c"], check=True)
    program = (folder / name).read_bytes()
    box.api.put_archive(box.handle.container_id, "/root", pack_tar({name: (program, 0o755)}))


@pytest.mark.parametrize(
    "path",
    [
        "/proc/sysrq-trigger",
        "/proc/sys/kernel/hostname",
        "/proc/sys/vm/swappiness",
        "/sys/kernel/uevent_helper",
    ],
)
def test_kernel_settings_are_not_writable(shared_machine: RealMachine, path: str) -> None:
    assert shared_machine.run(f"echo 1 > {path}")[0] != 0


def test_cgroup_files_are_not_writable(shared_machine: RealMachine) -> None:
    """Neither version's files.

    Version 1's folder is a tmpfs, whose pages the machine's own memory limit counts.
    """
    for name in (
        "pids/pids.max",
        "memory/memory.limit_in_bytes",
        "pids.max",
        "memory.max",
        "cgroup.procs",
    ):
        path = f"/sys/fs/cgroup/{name}"
        assert shared_machine.run(f"[ ! -e {path} ] || ! echo 1000 > {path}")[0] == 0, path
    assert shared_machine.run("mkdir /sys/fs/cgroup/pids/mine /sys/fs/cgroup/mine/pids")[0] != 0


def test_no_host_files_and_devices(shared_machine: RealMachine) -> None:
    mounts = shared_machine.inspected["Mounts"]
    bounded = {
        "/run/drydock": True,
        "/etc/hosts": True,
        "/etc/hostname": True,
        "/etc/resolv.conf": True,
    }
    assert {mount["Destination"]: mount["RW"] for mount in mounts} == {
        **bounded,
        "/.drydock": False,
    }
    devices = set(shared_machine.say("ls /dev").split())
    plain = {
        "console",
        "core",
        "fd",
        "full",
        "mqueue",
        "null",
        "ptmx",
        "pts",
        "random",
        "shm",
        "tty",
        "urandom",
        "zero",
    }
    assert devices <= plain | {"stdin", "stdout", "stderr"}
    assert shared_machine.say("ls /lost+found /var/run/docker.sock 2>/dev/null") == ""


def test_tools_can_not_be_changed(shared_machine: RealMachine) -> None:
    assert shared_machine.run("rm /.drydock/ptyd")[0] != 0
    assert shared_machine.run("echo > /.drydock/new")[0] != 0
    assert shared_machine.run("mv /.drydock /tools")[0] != 0
