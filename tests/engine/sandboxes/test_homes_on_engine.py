"""Homes of real machines: sparse files, links, odd files, owners."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from sandboxes.engine.interface import SandboxEngine
from tests.support.machines import MachineMaker, RealMachine

pytestmark = pytest.mark.engine
MB = 1_000_000


@pytest.fixture(scope="module")
def shared_machine(
    engine: SandboxEngine, docker_client: docker.DockerClient
) -> Iterator[RealMachine]:
    """One machine for tests that only put files into it, each under a name of its own."""
    machines = MachineMaker(engine, docker_client)
    yield machines.make_plain()
    machines.remove_all()


@pytest.fixture
def boxes(
    engine: SandboxEngine, docker_client: docker.DockerClient
) -> Iterator[tuple[RealMachine, RealMachine]]:
    """Two machines, one to keep a home of and one to put it into."""
    machines = MachineMaker(engine, docker_client)
    yield machines.make_plain(), machines.make_plain()
    machines.remove_all()


def travel(
    boxes: tuple[RealMachine, RealMachine], folder: Path, max_bytes: int = 50 * MB
) -> tuple[str, ...]:
    old, new = boxes
    archive = old.engine.export_home(
        old.handle.container_id, folder / f"{uuid.uuid4()}.tar.gz", max_bytes
    )
    new.engine.import_home(new.handle.container_id, archive.path)
    return archive.left_out


def test_what_students_have_comes_along(
    boxes: tuple[RealMachine, RealMachine], tmp_path: Path
) -> None:
    old, new = boxes
    old.run("""mkdir -p /root/a/b; echo hidden > /root/.secret
               echo 'with space' > '/root/a/b/ü name'
               ln -s /etc/passwd /root/link; ln /root/.secret /root/hard; useradd -m ada
               echo script > /root/run.sh; chmod 751 /root/run.sh; chown 1000:1000 /root/run.sh
               mkfifo /root/pipe""")
    assert travel(boxes, tmp_path) == ()
    assert new.say("cat '/root/a/b/ü name' /root/hard") == "with space\nhidden"
    assert new.say("readlink /root/link") == "/etc/passwd"
    assert new.say("stat -c '%a %u' /root/run.sh") == "751 1000"
    assert new.run("test -e /root/pipe")[0] != 0


def test_sparse_and_large_files_are_left_out_and_named(
    boxes: tuple[RealMachine, RealMachine], tmp_path: Path
) -> None:
    old, new = boxes
    old.run(
        "truncate -s 200M /root/a-sparse; head -c 3M /dev/urandom > /root/b-large; echo small > "
        "/root/z-small"
    )
    left_out = travel(boxes, tmp_path, max_bytes=2 * MB)
    assert [name.split(" ")[0] for name in left_out] == ["a-sparse", "b-large"]
    assert new.say("cat /root/z-small") == "small"


def test_many_small_files_are_bounded(
    boxes: tuple[RealMachine, RealMachine], tmp_path: Path
) -> None:
    old, _ = boxes
    old.run("mkdir /root/many; cd /root/many; seq 5000 | xargs touch")
    archive = old.engine.export_home(old.handle.container_id, tmp_path / "home.tar.gz", MB)
    assert archive.size_bytes <= MB
    assert archive.left_out
    assert len(archive.left_out) <= 20


def test_link_in_place_of_the_home_gets_nowhere(
    boxes: tuple[RealMachine, RealMachine], tmp_path: Path
) -> None:
    """A student's root may replace /root itself; what is saved is still the machine's files."""
    old, _ = boxes
    old.run("mkdir /new; echo mine > /new/file; mv /root /old; ln -s /new /root")
    archive = old.engine.export_home(old.handle.container_id, tmp_path / "home.tar.gz", MB)
    assert archive.size_bytes < 10_000


@pytest.mark.parametrize(
    ("prepare", "path", "kind"),
    [
        ("ln -s /etc/shadow /root/link", "/root/link", "symlink"),
        ("mkfifo /root/pipe", "/root/pipe", "other"),
        (
            "mkdir /root/folder; seq 1000 | sed s,^,/root/folder/, | xargs touch",
            "/root/folder",
            "directory",
        ),
        ("ln -s / /root/up", "/root/up/../../../../../etc/os-release", "symlink"),
        ("true", "/root/nothing", "missing"),
        ("echo x > /root/file", "/root/file/below", "missing"),
    ],
)
def test_odd_files_are_told_apart(
    shared_machine: RealMachine, prepare: str, path: str, kind: str
) -> None:
    shared_machine.run(prepare)
    assert shared_machine.engine.read_file(shared_machine.handle.container_id, path).kind == kind


def test_owner_is_the_machines_own(shared_machine: RealMachine) -> None:
    shared_machine.run("echo x > /root/roots; echo x > /root/adas; chown 1000 /root/adas")
    owners = [
        shared_machine.engine.read_file(shared_machine.handle.container_id, f"/root/{name}").uid
        for name in ("roots", "adas")
    ]
    assert owners == [0, 1000]


def test_sparse_file_is_read_no_further_than_asked(shared_machine: RealMachine) -> None:
    box = shared_machine
    box.run("echo start > /root/huge; truncate -s 250M /root/huge")
    fact = box.engine.read_file(box.handle.container_id, "/root/huge", max_bytes=6)
    assert (fact.content, fact.size, fact.truncated) == (b"start\n", 250 * 1024 * 1024, True)
