"""Read and change files in real machines: every path, full disks, and no way out of the machine."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from django.conf import settings

from sandboxes.engine.docker.engine import DockerEngine
from sandboxes.engine.files_protocol import FileRefused, Folder, MachineFiles
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.limits import LINUX, MIB
from sandboxes.errors import InsideSilent
from tests.support.machines import MachineMaker, RealMachine, machine_on

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module", params=["linux", "docker"])
def box(
    request: pytest.FixtureRequest,
    engine: SandboxEngine,
    docker_client: docker.DockerClient,
    installation: str,
    need_image: Callable[[str], None],
) -> Iterator[RealMachine]:
    need_image(request.param)
    maker = MachineMaker(engine, docker_client, f"{installation}/{request.param}:latest")
    yield maker.make(request.param)
    maker.remove_all()


@pytest.fixture
def files(box: RealMachine) -> MachineFiles:
    return MachineFiles(box.engine, box.container_id)


def reason(operation: Callable[..., object], *arguments: object, **options: object) -> str:
    with pytest.raises(FileRefused) as refused:
        operation(*arguments, **options)
    return refused.value.reason


def test_the_shell_sees_what_was_saved_at_once_and_the_other_way_round(box, files):
    for folder in (b"/root", b"/tmp", b"/run", b"/etc", b"/usr/local"):
        path = folder + b"/made/in/files"
        version, _ = files.write(path, "grüße\n".encode(), parents=True, expects="new")
        assert box.say(f"cat {path.decode()}") == "grüße"
        box.say(f"echo more >> {path.decode()}")
        assert reason(files.write, path, b"x", expects=version) == "conflict"
        assert files.read_piece(path).content == "grüße\nmore\n".encode()
        assert box.say(f"stat -c '%a %U' {path.decode()}") == "644 root"
        files.remove(folder + b"/made", whole=True)
        assert box.run(f"test -e {folder.decode()}/made")[0] == 1


def test_owner_and_mode_of_another_user_stay(box, files):
    box.say("echo old > /tmp/theirs; chown daemon:games /tmp/theirs; chmod 2640 /tmp/theirs")
    files.write(b"/tmp/theirs", b"new")
    assert box.say("stat -c '%a %U %G' /tmp/theirs; cat /tmp/theirs") == "2640 daemon games\nnew"


def test_a_file_that_is_a_mount_is_written_in_its_place(box, files):
    before = files.read_piece(b"/etc/hosts")
    files.write(b"/etc/hosts", before.content + b"192.0.2.1 example\n", expects=before.version)
    assert box.say("getent hosts example").split() == ["192.0.2.1", "example"]
    files.write(b"/etc/hosts", before.content)
    assert box.run("ls -a /etc | grep drydock-")[0] == 1


def test_links_lead_nowhere_but_into_the_machine(box, files):
    secret = Path(settings.BASE_DIR / "manage.py")
    box.say(f"ln -sfn /proc/1/root{secret} /root/a; ln -sfn ../../../../../..{secret} /root/b")
    box.say("ln -sfn /proc/1/root /root/top; ln -sfn /proc/1/cwd/.. /root/up")
    assert [reason(files.read_piece, path) for path in (b"/root/a", b"/root/b")] == ["missing"] * 2
    outside = box.say("cat /etc/hostname")
    assert files.read_piece(b"/root/top/etc/hostname").content.decode().strip() == outside
    files.write(b"/root/top/root/made", b"inside")
    assert box.say("cat /root/made") == "inside"
    root, top = files.list_folders([b"/", b"/root/top"])
    assert isinstance(root, Folder)
    assert isinstance(top, Folder)
    assert {entry.name for entry in root.entries} == {entry.name for entry in top.entries}


def test_what_the_kernel_keeps_for_itself_is_refused(box, files):
    assert reason(files.write, b"/proc/version", b"x") in ("denied", "read-only")
    assert reason(files.write, b"/sys/made", b"x") in ("denied", "read-only")
    assert reason(files.write, b"/.drydock/busybox", b"x") == "read-only"
    assert reason(files.remove, b"/proc/self", whole=True) in ("denied", "missing")
    assert reason(files.remove, b"/etc/hosts") == "busy"
    assert reason(files.read_piece, b"/dev/null") == "special"
    assert b"Linux" in files.read_piece(b"/proc/version").content


def test_a_full_memory_disk_says_so_and_loses_nothing(box, files):
    files.write(b"/tmp/kept", b"kept")
    box.run("dd if=/dev/zero of=/tmp/fill bs=1M; dd if=/dev/zero of=/tmp/rest bs=4k; true")
    assert reason(files.write, b"/tmp/kept", b"x" * 100_000) == "full"
    assert reason(files.stage, b"/tmp/new", "0123abcd", 0, b"x" * 100_000) == "full"
    assert files.read_piece(b"/tmp/kept").content == b"kept"
    assert box.say("ls -A /tmp | grep drydock-") == ""
    box.say("rm /tmp/fill /tmp/rest")


def test_a_hundred_thousand_entries_are_counted(box, files):
    box.run("mkdir /tmp/many && cd /tmp/many && seq -f %06.0f 100000 | xargs touch; true")
    (many,) = files.list_folders([b"/tmp/many"])
    assert isinstance(many, Folder)
    touched = int(box.say("ls /tmp/many | wc -l"))  # a memory disk may have fewer places
    assert (many.total, len(many.entries)) == (touched, 500)
    assert touched > 5_000
    files.remove(b"/tmp/many", whole=True)


def test_a_student_who_replaces_the_program_fools_themselves_only(box, files):
    if box.run("mount -t tmpfs none /.drydock")[0] != 0:
        pytest.skip("nobody mounts in this machine")
    try:
        with pytest.raises(InsideSilent):  # engines say in several ways that it is not there
            files.read_piece(b"/etc/hostname")
        box.say("printf '#!/bin/bash\\nyes | head -c 2000000' > /.drydock/files")
        box.say("chmod +x /.drydock/files")
        with pytest.raises(InsideSilent, match="too much"):
            files.read_piece(b"/etc/hostname")
        box.say("printf '#!/bin/bash\\ntrue' > /.drydock/files")
        with pytest.raises(InsideSilent, match="without a reply"):
            files.read_piece(b"/etc/hostname")
    finally:
        box.say("umount -l /.drydock")
    assert files.read_piece(b"/etc/hostname").content


def test_a_full_disk_says_so_and_loses_nothing(engine, installation):
    image = engine.image(f"{installation}/linux:latest")
    limits = dataclasses.replace(LINUX, disk_bytes=48 * MIB)
    fields = {"image": image.id, "image_bytes": image.size_bytes}
    handle = machine_on(engine, "full-disk", limits=limits, **fields)
    try:
        files = MachineFiles(engine, handle.container_id)
        files.write(b"/root/kept", b"kept")
        engine.run_script(
            handle.container_id, ["/.drydock/busybox", "dd", "if=/dev/zero", "of=/root/fill"], 60
        )
        assert reason(files.write, b"/root/kept", b"x" * 200_000) == "full"
        assert files.read_piece(b"/root/kept").content == b"kept"
    finally:
        engine.remove_machine("full-disk")


def test_files_of_a_machine_on_another_host_come_the_same_way(
    box, docker_url, docker_client, installation
):
    afar = DockerEngine(
        docker_url,
        installation=installation,
        sockets_dir=settings.SOCKETS_DIR,
        tools_dir=settings.VAR_DIR / "tools",
        use_host=False,
    )
    MachineFiles(afar, box.container_id).write(b"/root/afar", b"afar")
    assert box.say("cat /root/afar") == "afar"
