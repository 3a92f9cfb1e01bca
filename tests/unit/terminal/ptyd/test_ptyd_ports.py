"""Test ptyd's connections to ports: bytes both ways, ends, bounds, and terminals beside them."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from terminal.wire import ptyd_frames
from tests.support.ports.servers import free_port, port_server, read_to_end
from tests.support.terminal.ptyd_servers import HostPtyd
from tests.support.waiting import wait_for

MOST = 24
CONNECTED = ptyd_frames.encode(ptyd_frames.CONNECTED)


@contextmanager
def connected(ptyd: HostPtyd, port: int) -> Iterator[socket.socket]:
    """Ask for a port, and give the connection with its answer unread."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(ptyd.socket))
        payload = ptyd_frames.pack_port(port)
        connection.sendall(ptyd_frames.encode(ptyd_frames.CONNECT, payload))
        yield connection


def answer(connection: socket.socket) -> bytes:
    head = connection.recv(5, socket.MSG_WAITALL)
    return head + connection.recv(int.from_bytes(head[1:]), socket.MSG_WAITALL)


def relays(ptyd: HostPtyd) -> list[int]:
    """Give the processes of connections to ports."""
    children = Path(f"/proc/{ptyd.process.pid}/task/{ptyd.process.pid}/children").read_text()
    names = {int(pid): Path(f"/proc/{pid}/comm") for pid in children.split()}
    return [pid for pid, file in names.items() if file.exists() and "port" in file.read_text()]


def folder(pid: int) -> Path:
    return Path(f"/proc/{pid}/fd")


def echo(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_bytes_go_both_ways_whatever_they_are(host_ptyd: HostPtyd, family: int) -> None:
    data = os.urandom(3_000_000)

    def take_all_then_answer(connection: socket.socket) -> None:
        connection.sendall(read_to_end(connection))

    with (
        port_server(take_all_then_answer, family=family) as port,
        connected(host_ptyd, port) as viewer,
    ):
        assert answer(viewer) == CONNECTED
        viewer.sendall(data)
        viewer.shutdown(socket.SHUT_WR)  # the server answers only after this end
        assert read_to_end(viewer) == data
    wait_for(lambda: not relays(host_ptyd), "the connection's end", 10)


def test_a_server_that_ends_first_is_read_to_its_end(host_ptyd: HostPtyd) -> None:
    with port_server(lambda peer: peer.sendall(b"x" * 500_000)) as port:
        with connected(host_ptyd, port) as viewer:
            assert answer(viewer) == CONNECTED
            assert len(read_to_end(viewer)) == 500_000
        wait_for(lambda: not relays(host_ptyd), "the connection's end", 10)


def test_a_port_on_which_nothing_listens_is_refused(host_ptyd: HostPtyd) -> None:
    with connected(host_ptyd, free_port()) as viewer:
        assert answer(viewer) == ptyd_frames.encode(ptyd_frames.ERROR, b"refused")
        assert viewer.recv(1) == b""


def test_port_0_and_a_port_after_an_attach_are_no_protocol(host_ptyd: HostPtyd) -> None:
    with connected(host_ptyd, 0) as viewer:
        assert answer(viewer) == ptyd_frames.encode(ptyd_frames.ERROR, b"protocol")
    viewer = host_ptyd.viewer()
    viewer.send(ptyd_frames.CONNECT, ptyd_frames.pack_port(80))
    viewer.until_end()
    assert viewer.errors == [b"protocol"]


def test_so_many_connections_and_no_more_and_terminals_go_on(host_ptyd: HostPtyd) -> None:
    terminal = host_ptyd.viewer()
    with port_server(echo) as port:
        with ExitStack() as stack:
            for _ in range(MOST):
                assert answer(stack.enter_context(connected(host_ptyd, port))) == CONNECTED
            with connected(host_ptyd, port) as late:
                assert answer(late) == ptyd_frames.encode(ptyd_frames.ERROR, b"busy")
            assert b"works" in terminal.run("echo wo''rks")
        wait_for(lambda: not relays(host_ptyd), "the connections' ends", 10)
        with connected(host_ptyd, port) as again:
            assert answer(again) == CONNECTED


def test_a_viewer_that_leaves_ends_a_server_that_never_does(host_ptyd: HostPtyd) -> None:
    def flood(peer: socket.socket) -> None:
        while True:
            peer.sendall(b"x" * 65536)

    with port_server(flood) as port:
        with connected(host_ptyd, port) as viewer:
            assert answer(viewer) == CONNECTED
            terminal = host_ptyd.viewer()
            assert b"works" in terminal.run("echo wo''rks")
        wait_for(lambda: not relays(host_ptyd), "the connection's end", 10)


def test_a_connection_holds_nothing_of_the_terminals(host_ptyd: HostPtyd) -> None:
    """Or else a terminal whose shell has ended would never hang up."""
    host_ptyd.viewer()
    with port_server(echo) as port, connected(host_ptyd, port) as viewer:
        assert answer(viewer) == CONNECTED
        (relay,) = relays(host_ptyd)
        files = {int(file.name): str(file.readlink()) for file in folder(relay).iterdir()}
        open_files = [target for number, target in files.items() if number > 2]
        assert [target.split(":")[0] for target in open_files] == ["socket"] * 2


def test_connections_end_with_ptyd(host_ptyd: HostPtyd) -> None:
    with port_server(echo) as port, connected(host_ptyd, port) as viewer:
        assert answer(viewer) == CONNECTED
        host_ptyd.kill()
        host_ptyd.process.wait(10)
        assert viewer.recv(1) == b""
