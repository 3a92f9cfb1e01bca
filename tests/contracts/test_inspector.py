"""Look at a machine's files and at copies of it as graders do.

The engine takes either way: through this host, or as from another host. A student shapes all of it.
"""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from core.waiting import wait_until
from sandboxes.engine.checker_protocol import ProbeCommand
from sandboxes.engine.docker.engine import DockerEngine
from sandboxes.engine.facts import FileFact
from tests.support.machines import MachineMaker, RealMachine

pytestmark = pytest.mark.engine
CAT = ProbeCommand("cat", ("cat", "/root/answer"))


@pytest.fixture(scope="module", params=["here", "afar"])
def boxes(request, docker_url, docker_client, installation) -> Iterator[MachineMaker]:
    engine = DockerEngine(
        docker_url,
        installation=installation,
        sockets_dir=settings.SOCKETS_DIR,
        tools_dir=settings.VAR_DIR / "tools",
        use_host=request.param == "here",
    )
    maker = MachineMaker(engine, docker_client, f"{installation}/linux:latest")
    yield maker
    maker.sweep()


@pytest.fixture(scope="module")
def box(boxes) -> RealMachine:
    return boxes.make_idle()


def read(box: RealMachine, path: str, max_bytes: int = 65536) -> FileFact:
    return box.engine.read_file(box.container_id, path, max_bytes)


def test_what_a_path_is(box):
    box.output(
        "mkdir -p /root/a/folder; cd /root/a; echo 42 > file; chmod 640 file; chown daemon file; "
        "ln -s file link;"
        "ln -s loop loop; mkfifo pipe; truncate -s 200M holes"
    )
    file = read(box, "/root/a/file")
    assert (file.kind, file.size, file.mode, file.uid, file.content, file.truncated) == (
        "regular", 3, 0o640, 1, b"42\n", False,
    )  # fmt: skip
    link = read(box, "/root/a/link")
    assert (link.kind, link.content) == ("symlink", b"file")
    assert [read(box, f"/root/a/{name}").kind for name in ("folder", "pipe")] == [
        "directory",
        "other",
    ]
    assert read(box, "/root/a/loop").kind in (
        "symlink",
        "missing",
    )  # the engine follows it and gives up
    nowhere = ("nothing", "file/in", "loop/in", "n" * 300)
    assert [read(box, f"/root/a/{name}").kind for name in nowhere] == ["missing"] * 4
    holes = read(box, "/root/a/holes", max_bytes=1000)
    box.output("rm /root/a/holes")
    assert (holes.size, holes.content, holes.truncated) == (200 * 2**20, bytes(1000), True)


def test_links_on_the_way_stay_inside_the_machine(box):
    box.output(
        "mkdir -p /root/b; cd /root/b; ln -s / root; ln -s ../../../../../.. up; echo machine > "
        "/etc/whose"
    )
    assert read(box, "/root/b/root/etc/whose").content == b"machine\n"
    assert read(box, "/root/b/up/etc/whose").content == b"machine\n"


def test_no_way_leads_off_the_disk(box):
    """No link leads into the kernel's folders, memory or the platform's tools."""
    box.output(
        "mkdir -p /root/c; cd /root/c; ln -s /proc/1 first; ln -s /proc/self/root self; ln -s "
        "/tmp tmp;"
        "echo 42 > /tmp/answer"
    )
    for path in ("first/root/etc/passwd", "first/cmdline", "self/etc/passwd", "tmp/answer"):
        fact = read(box, f"/root/c/{path}")
        assert (fact.kind, fact.content) == ("missing", None), path


def test_no_pipe_and_no_lease_makes_us_wait(box):
    """Nobody writes into the pipe; a lease would make whoever opens the file wait for 45 seconds.

    Machines get no leases.
    """
    lease = "fcntl(F, 1024, 1) ? print 'lease' : print $!{EPERM} ? 'none' : $!"
    box.output("mkdir -p /root/d; mkfifo /root/d/pipe; echo 42 > /root/d/held")
    assert box.output(f'perl -e \'open(F, "+<", "/root/d/held"); {lease}\'') == "none"
    began = time.monotonic()
    assert [read(box, f"/root/d/{name}").kind for name in ("pipe", "held")] == ["other", "regular"]
    assert time.monotonic() - began < 10


def test_a_path_that_is_swapped_all_the_time_gives_one_or_the_other(box):
    box.output(
        "mkdir -p /root/e/one /root/e/two; echo 1 > /root/e/one/answer; ln -s /proc/1/root/etc "
        "/root/e/two/answer"
    )
    box.leave_running(
        "cd /root/e; while mv one now && mv now one && mv two now; do mv now two; done"
    )
    contents = {
        read(box, "/root/e/now/answer").content for _ in range(100 if box.engine.is_local else 10)
    }
    box.output("rm -r /root/e")
    assert contents <= {None, b"1\n", b"/proc/1/root/etc"}


def test_reading_leaves_no_trace(box):
    box.output("echo 42 > /root/quiet; touch -a -d 2001-01-01 /root/quiet")
    assert read(box, "/root/quiet").content == b"42\n"
    if box.engine.is_local:
        assert box.output("stat -c %x /root/quiet").startswith("2001-01-01")


def test_stopped_and_frozen_machines_can_be_read(boxes):
    box = boxes.make_idle()
    box.output("echo 42 > /root/answer")
    assert read(box, "/root/answer").content == b"42\n"
    container = boxes.client.containers.get(box.container_id)
    container.pause()
    assert read(box, "/root/answer").content == b"42\n"
    container.unpause()
    box.engine.stop_machine(box.container_id)
    assert read(box, "/root/answer").content == b"42\n"
    box.engine.start_machine(box.container_id)
    box.output("echo 43 > /root/answer")
    assert read(box, "/root/answer").content == b"43\n"


def test_a_copy_has_the_disk_and_nothing_else(boxes, box):
    box.output("echo 42 > /root/answer; echo 42 > /tmp/answer; hostname changed 2>/dev/null")
    box.leave_running("exec sleep 4321")
    disk, memory, processes, network, own = boxes.engine.probe_snapshot(
        box.container_id,
        [
            CAT,
            ProbeCommand("memory", ("cat", "/tmp/answer")),
            ProbeCommand("processes", ("ps", "-o", "args")),
            ProbeCommand("network", ("ls", "/sys/class/net")),
            ProbeCommand(
                "own", ("sh", "-c", "grep CapEff /proc/self/status; echo mine > /root/answer")
            ),
        ],
    )
    assert (disk.exit_code, disk.stdout) == (0, b"42\n")
    assert memory.exit_code == 1
    assert b"4321" not in processes.stdout
    assert network.stdout.split() == [b"lo"]
    assert own.stdout.split() == [b"CapEff:", b"0000000000000000"]
    assert read(box, "/root/answer").content == b"42\n"  # what the copy wrote is not the machine's


def test_a_copys_disk_is_bounded(boxes, box):
    fill = "for i in $(seq 4); do dd if=/dev/zero of=/root/fill$i bs=1M count=60 || exit 7; done"
    [fact] = boxes.engine.probe_snapshot(
        box.container_id, [ProbeCommand("fill", ("sh", "-c", fill), 20)]
    )
    assert fact.exit_code == 7


def test_copies_at_once_do_not_mix(boxes):
    from concurrent.futures import ThreadPoolExecutor

    several = [boxes.make_idle() for _ in range(3)]
    for number, target in enumerate(several):
        target.output(f"echo {number} > /root/answer")
    with ThreadPoolExecutor(6) as pool:
        picks = list(itertools.islice(itertools.cycle(enumerate(several)), 6))
        facts = list(
            pool.map(
                lambda pair: boxes.engine.probe_snapshot(pair[1].container_id, [CAT])[0].stdout,
                picks,
            )
        )
    assert facts == [f"{number}\n".encode() for number, _ in picks]


def test_copies_leave_nothing(boxes):
    assert boxes.wait_for_probes()
    root = Path(boxes.engine.cached_info().root_dir)
    end = time.monotonic() + 10
    while list(
        root.glob("btrfs/subvolumes/*-aside")
    ):  # others use the engine, too, for some milliseconds each
        assert time.monotonic() < end


def test_nested_containers_are_measured_by_what_runs_below_their_shim(box, boxes):
    """A program of containerd's name stands in for it; only the engine's own host sees it."""
    nested = "0" * 63 + "1"
    box.leave_running(
        "cp /bin/bash /root/containerd-shim-runc-v2; "
        f"/root/containerd-shim-runc-v2 -c '(while :; do :; done) & wait' x -id {nested} x"
    )
    try:
        if not boxes.engine.is_local:
            assert box.engine.nested_usage(box.container_id) == {}
            return
        first = wait_until(lambda: box.engine.nested_usage(box.container_id), seconds=10)
        assert list(first) == [nested]
        assert first[nested].memory_bytes > 100_000
        assert wait_until(
            lambda: (
                box.engine.nested_usage(box.container_id)[nested].processor_seconds
                > first[nested].processor_seconds
            ),
            seconds=10,
        )
    finally:
        box.output("pkill -9 -f containerd-shim")
    assert wait_until(lambda: box.engine.nested_usage(box.container_id) == {}, seconds=10)
