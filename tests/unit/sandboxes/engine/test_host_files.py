"""Reading through a process's root, with a process that stands in for a machine's first one."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sandboxes.engine.linux.machine_files import HostFiles, UnreadableFromHost, read_file

CGROUP = Path("/proc/self/cgroup").read_text().splitlines()[0].rpartition("/")[2] or "/"
ALLOWED = subprocess.run(
    ["unshare", "--pid", "--fork", "--mount", "true"], check=False, capture_output=True
)
pytestmark = pytest.mark.skipif(
    ALLOWED.returncode != 0, reason="needs the right to make namespaces"
)


class Stand:
    """A folder, and a process that has it for its root, as number 1 of a PID namespace."""

    def __init__(self, root: Path, before: str = "true") -> None:
        self.root = root
        stay = f"import os, time; os.chroot('{root}'); print(1, flush=True); time.sleep(60)"
        script = f'{before}; exec {sys.executable} -c "{stay}"'
        command = ["unshare", "--pid", "--fork", "--kill-child", "--mount", "sh", "-ec", script]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        assert self.process.stdout.readline() == "1\n"
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.pid = int(children.read_text().split()[0])

    def read(self, path: str, most: int = 1000):
        return read_file(self.pid, CGROUP, path, most, remap=0)

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.process.wait()  # its parent, which has reaped it


@pytest.fixture
def root(tmp_path) -> Path:
    folder = tmp_path / "root"
    (folder / "home").mkdir(parents=True)
    (folder / "home/answer").write_text("42\n")
    return folder


@pytest.fixture
def stand(root) -> Iterator[Stand]:
    stand = Stand(root)
    yield stand
    stand.end()


def test_a_file_is_read_up_to_a_bound(stand):
    assert (stand.read("/home/answer").content, stand.read("/home/answer").truncated) == (
        b"42\n",
        False,
    )
    assert (stand.read("/home/answer", 1).content, stand.read("/home/answer", 1).truncated) == (
        b"4",
        True,
    )


def test_root_is_where_links_and_dots_end(stand, root):
    (root / "etc").mkdir()
    (root / "etc/passwd").write_text("the machine's")
    (root / "home/up").symlink_to("../../../../../..")
    (root / "home/host").symlink_to("/etc")
    for path in ("/home/up/etc/passwd", "/home/host/passwd", "/../../etc/passwd"):
        assert stand.read(path).content == b"the machine's", path


def test_a_lease_makes_nobody_wait(stand, root):
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)  # tells who has a lease that somebody came
    with (root / "home/answer").open("r+") as held:
        fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        began = time.monotonic()
        fact = stand.read("/home/answer")
        assert (fact.kind, fact.content) == ("held", None)
        assert time.monotonic() - began < 5
    signal.signal(signal.SIGIO, before)


def test_a_pipe_is_not_opened(stand, root):
    os.mkfifo(root / "home/pipe")
    assert stand.read("/home/pipe").kind == "other"
    with pytest.raises(
        OSError, match="No such device or address"
    ):  # nobody reads from it, so nobody may write
        os.open(root / "home/pipe", os.O_WRONLY | os.O_NONBLOCK)


def test_a_mount_is_not_entered(root):
    (root / "home/other").mkdir()
    (root / "home/file").touch()
    stand = Stand(
        root, f"mount --bind /etc {root}/home/other; mount --bind /etc/passwd {root}/home/file"
    )
    try:
        for path in ("/home/other/passwd", "/home/file"):
            with pytest.raises(UnreadableFromHost):
                stand.read(path)
        assert stand.read("/home/answer").content == b"42\n"
    finally:
        stand.end()


def test_only_the_first_process_of_the_container_is_believed(stand):
    with pytest.raises(UnreadableFromHost):
        read_file(stand.pid, "0" * 64, "/home/answer", 10, remap=0)  # of another cgroup
    with pytest.raises(UnreadableFromHost):
        read_file(os.getpid(), CGROUP, "/home/answer", 10, remap=0)  # not a number 1
    stand.end()
    with pytest.raises(UnreadableFromHost):
        stand.read("/home/answer")


def test_a_process_is_asked_for_once_and_again_when_it_has_ended(root):
    first, second = Stand(root), Stand(root)
    requests: list[str] = []
    pids = iter([first.pid, second.pid, 0])

    def inspect(container_id: str):
        requests.append(container_id)
        return {"HostConfig": {"Runtime": "runc"}, "State": {"Pid": next(pids)}}

    files = HostFiles(inspect, remap=0)
    assert [files.read(CGROUP, "/home/answer", 10).content for _ in range(3)] == [b"42\n"] * 3
    assert len(requests) == 1
    first.end()
    assert files.read(CGROUP, "/home/answer", 10).content == b"42\n"
    assert len(requests) == 2
    second.end()
    with pytest.raises(UnreadableFromHost):  # it does not run at all
        files.read(CGROUP, "/home/answer", 10)


def test_a_machine_that_is_no_process_of_the_hosts_is_left_alone(stand):
    inspected = {"HostConfig": {"Runtime": "kata"}, "State": {"Pid": stand.pid}}
    with pytest.raises(UnreadableFromHost):
        HostFiles(lambda _: inspected, remap=0).read(CGROUP, "/home/answer", 10)
