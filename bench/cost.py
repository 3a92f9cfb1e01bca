"""Processor time by process, as /proc counts it: ticks of 10 ms as a rule, so measure for a second or longer."""

import os
import socket
import struct
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import docker

from bench.stack import Seat, Server

TICKS = os.sysconf("SC_CLK_TCK")


class Meter:
    """Of a server's terminals on some machines: what the server and the engine have used, and what the machines' PTY
    servers have. The programs that print are not counted, nor is who reads the websocket."""

    def __init__(self, server: Server, seats: Sequence[Seat]) -> None:
        url = os.environ["DOCKER_HOST"]
        containers = [seat.machine.container_id for seat in seats]
        with closing(docker.DockerClient(base_url=url)) as client:
            self._machines = [client.api.inspect_container(id_)["State"]["Pid"] for id_ in containers]
        self._servers = [server.pid, _listener(url.removeprefix("unix://")), *_shims(containers)]

    def read(self) -> tuple[float, float]:
        """Seconds so far: of server and engine, and of the PTY servers."""
        return _seconds(self._servers), _seconds(self._machines)


def _listener(path: str) -> int:
    """The process that listens on a unix socket: the engine."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        answer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid, _, _ = struct.unpack("3i", answer)
        return int(pid)


def _shims(containers: Iterable[str]) -> list[int]:
    """The engine's helper processes, of which each container has one; its id is among their words."""
    wanted = {id_.encode() for id_ in containers}
    return [
        int(file.parent.name)
        for file in Path("/proc").glob("[0-9]*/cmdline")
        if wanted & set(words := _words(file)) and b"containerd-shim" in words[0]
    ]


def _words(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().split(b"\0")
    except OSError:  # it has ended
        return [b""]


def _seconds(pids: Iterable[int]) -> float:
    """User and system time. See proc(5): fields 14 and 15, counted behind the name, which may hold anything."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS
