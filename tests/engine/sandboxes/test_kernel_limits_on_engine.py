"""Exhaust in a machine what the engine does not bound and all would share."""

import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.limits import MIB
from sandboxes.engine.linux import kernel_limits
from sandboxes.engine.linux.quotas import has_simple_quotas
from tests.support.machines import MachineMaker, RealMachine

pytestmark = pytest.mark.engine

OPEN_PTYS = (
    """perl -e 'while ($n < 1000 && open(my $h, "+<", "/dev/ptmx")) """
    """{ push @f, $h; $n++ } print "$n $!"'"""
)
# inotify_init1(2) is 294 on x86-64 and 26 on ARM.
OPEN_INOTIFY = """perl -e '$n++ while $n < 300 && syscall(%d, 0) >= 0; print "$n $!"'"""
INOTIFY_INIT1 = {"x86_64": 294, "aarch64": 26}


@pytest.fixture
def box(engine: SandboxEngine, docker_client: docker.DockerClient) -> Iterator[RealMachine]:
    if os.geteuid() != 0:
        pytest.skip("only root on the engine's host can set these bounds")
    machines = MachineMaker(engine, docker_client)
    yield machines.make_plain()
    machines.remove_all()


def test_pseudo_terminals_are_held(box: RealMachine) -> None:
    opened, _, error = box.say(OPEN_PTYS).partition(" ")
    assert 8 <= int(opened) <= kernel_limits.PTYS, error


def test_inotify_is_held(box: RealMachine) -> None:
    if not box.engine.info().userns:
        pytest.skip("without user namespaces the limit is the host's")
    opened = box.say(OPEN_INOTIFY % INOTIFY_INIT1[os.uname().machine]).partition(" ")[0]
    assert 1 <= int(opened) <= kernel_limits.INOTIFY_INSTANCES


def test_both_hold_after_a_restart(box: RealMachine) -> None:
    box.engine.stop_machine(box.handle.container_id)
    box.engine.start_machine(box.handle.container_id)
    box.engine.wait_for_shell(box.handle)
    assert int(box.say(OPEN_PTYS).partition(" ")[0]) <= kernel_limits.PTYS
    assert "gid=" in box.say("grep ' /dev/pts ' /proc/mounts")
    assert box.say("stat -c %a /dev/pts/ptmx") == "666"


def test_a_process_of_the_host_is_left_alone() -> None:
    with pytest.raises(OSError, match="no machine's"):
        kernel_limits.apply_kernel_limits(os.getpid(), remap_uid=0)


def test_machines_of_one_student_share_what_they_may_write(
    engine: SandboxEngine, docker_client: docker.DockerClient
) -> None:
    if not has_simple_quotas(Path(engine.info().root_dir)):
        pytest.skip("the engine's disk does not count what machines write themselves")
    machines = MachineMaker(engine, docker_client)
    try:
        first, second = machines.make_plain(), machines.make_plain()
        ids = [first.container_id, second.container_id]
        for _ in range(2):
            engine.share_disk(4711, ids, 64 * MIB)
        write = "dd if=/dev/urandom of=/root/big bs=1M count=40 conv=fsync"
        assert first.run(write)[0] == 0
        code, output = second.run(write)
        assert code != 0
        assert "quota" in output.lower()
        engine.share_disk(4711, ids, 256 * MIB)
        assert second.run(write)[0] == 0
    finally:
        machines.remove_all()
