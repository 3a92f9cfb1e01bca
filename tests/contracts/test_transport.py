"""Both ways to a PTY server keep one contract, and a planted socket is not followed."""

import asyncio
import hashlib
import os
import socket
import time
from pathlib import Path

import pytest

from sandboxes.models import Host, Machine
from terminal.errors import MachineUnreachable
from terminal.transports.machine_stream import open_stream
from terminal.transports.unix_socket import open_socket
from terminal.wire import ptyd_frames
from tests.support.clients.ptyd import StreamViewer
from tests.support.terminal.ptyd_servers import ContainerPtyd

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def box(docker_url, machine_image):
    server = ContainerPtyd(docker_url, image=machine_image)
    yield server
    server.stop()


@pytest.fixture(params=["socket", pytest.param("exec", marks=pytest.mark.engine)])
def machine(request):
    """A machine that no database knows; the transports need none."""
    if request.param == "socket":
        return Machine(
            host=Host(transport="socket"),
            socket_path=str(request.getfixturevalue("host_ptyd").socket),
        )
    box = request.getfixturevalue("box")
    return Machine(
        host=Host(transport="exec", docker_url=box.docker_url), container_id=box.container.id
    )


async def attached(machine):
    viewer = StreamViewer(await open_stream(machine))
    viewer.attach()
    await viewer.ready()
    return viewer


async def test_a_shell_answers(machine):
    viewer = await attached(machine)
    viewer.type(b"echo al''ive\n")
    await viewer.until(b"alive\r\n")
    assert viewer.hello is not None
    assert viewer.hello.epoch
    await viewer.stream.close()


async def test_a_resize_arrives(machine):
    viewer = await attached(machine)
    viewer.stream.write(ptyd_frames.encode(ptyd_frames.RESIZE, ptyd_frames.pack_resize(101, 33)))
    viewer.type(b"stty size; echo si''zed\n")
    assert b"33 101" in await viewer.until(b"sized\r\n")
    await viewer.stream.close()


@pytest.mark.parametrize("size", [65536, 1_000_000])
async def test_a_paste_arrives_whole(machine, size):
    paste = os.urandom(size * 3 // 4).hex().encode()[:size]
    viewer = await attached(machine)
    viewer.type(b"stty raw -echo; head -c %d | sha256sum; stty sane; echo do''ne\n" % size)
    await asyncio.sleep(0.3)
    viewer.type(paste)
    await viewer.stream.drain()
    assert hashlib.sha256(paste).hexdigest().encode() in await viewer.until(b"done\r\n")
    await viewer.stream.close()


async def test_much_output_arrives_whole(machine):
    viewer = await attached(machine)
    viewer.type(b"seq 1 200000; echo do''ne\n")
    output = await viewer.until(b"done\r\n", 30)
    assert output[output.index(b"1\r\n2\r\n") :].startswith(
        "".join(f"{number}\r\n" for number in range(1, 200001)).encode()
    )
    await viewer.stream.close()


async def test_two_viewers_see_the_same(machine):
    first, second = await attached(machine), await attached(machine)
    second.type(b"echo ec''ho-$((6*7))\n")
    await first.until(b"echo-42\r\n")
    await second.until(b"echo-42\r\n")
    await first.stream.close()
    await second.stream.close()


async def test_detach_ends_the_stream(machine):
    viewer = await attached(machine)
    viewer.stream.write(ptyd_frames.encode(ptyd_frames.DETACH))
    await viewer.until_end()
    await viewer.stream.close()
    await viewer.stream.close()


async def test_closing_a_stream_ends_a_waiting_read(machine):
    viewer = await attached(machine)
    reading = asyncio.create_task(viewer.until_end(10))
    await asyncio.sleep(0.2)
    await viewer.stream.close()
    await reading


@pytest.mark.engine
@pytest.mark.parametrize("detach", [True, False])
async def test_an_execd_process_is_gone_after_close(box, detach):
    machine = Machine(
        host=Host(transport="exec", docker_url=box.docker_url), container_id=box.container.id
    )
    viewer = await attached(machine)
    assert any("attach" in command for command in box.processes())
    if detach:
        viewer.stream.write(ptyd_frames.encode(ptyd_frames.DETACH))
    await viewer.stream.close()
    assert not any("attach" in command for command in box.processes())


@pytest.mark.engine
async def test_an_execd_process_that_hangs_is_killed(box):
    if os.geteuid() != 0:
        pytest.skip("only root may signal a machine's processes")
    machine = Machine(
        host=Host(transport="exec", docker_url=box.docker_url), container_id=box.container.id
    )
    viewer = await attached(machine)
    viewer.type(
        b"kill -STOP $(grep -l attach /proc/[0-9]*/cmdline | grep -v self | cut -d/ -f3); echo "
        b"st''opped\n"
    )
    await asyncio.sleep(0.5)
    await viewer.stream.close()
    end = time.monotonic() + 2
    while any("ptyd attach" in command for command in box.processes()):
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "url", ["unix:///nonexistent/docker.sock", "tcp://127.0.0.1:1", "ssh://host", ""]
)
async def test_an_engine_out_of_reach(url):
    with pytest.raises(MachineUnreachable):
        await open_stream(Machine(host=Host(transport="exec", docker_url=url), container_id="abc"))


@pytest.mark.engine
async def test_a_container_that_is_gone(docker_url):
    with pytest.raises(MachineUnreachable):
        await open_stream(
            Machine(host=Host(transport="exec", docker_url=docker_url), container_id="0" * 64)
        )


# What a student can put in the socket's place: root in the machine owns that folder.


def plant_nothing(path: Path) -> None:
    pass


def plant_file(path: Path) -> None:
    path.write_text("not a socket")


def plant_folder(path: Path) -> None:
    path.mkdir()


def plant_fifo(path: Path) -> None:
    os.mkfifo(path)


def plant_dead_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


@pytest.mark.parametrize(
    "plant", [plant_nothing, plant_file, plant_folder, plant_fifo, plant_dead_socket]
)
async def test_what_is_no_listening_socket_is_refused(tmp_path, plant):
    plant(tmp_path / "pty.sock")
    with pytest.raises(MachineUnreachable):
        async with asyncio.timeout(1):
            await open_socket(str(tmp_path / "pty.sock"))


async def test_a_symlink_is_not_followed(tmp_path):
    """It could lead to any socket of the host, the engine's among them."""
    with socket.socket(socket.AF_UNIX) as precious:
        precious.bind(str(tmp_path / "precious.sock"))
        precious.listen()
        (tmp_path / "pty.sock").symlink_to(tmp_path / "precious.sock")
        with pytest.raises(MachineUnreachable):
            await open_socket(str(tmp_path / "pty.sock"))
        await (await open_socket(str(tmp_path / "precious.sock"))).close()


async def test_a_full_backlog_is_refused_at_once(tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "pty.sock"))
        server.listen(0)
        first = await open_socket(str(tmp_path / "pty.sock"))
        with pytest.raises(MachineUnreachable):
            await open_socket(str(tmp_path / "pty.sock"))
        await first.close()
