"""Measure processor time by process, as /proc counts it.

Ticks are of 10 ms as a rule, so measure for a second or longer.
"""

import os
import socket
import struct
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import docker

from bench.stack import Server, StudentMachine

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Meter:
    """Measure a server's terminals on some machines.

    What the server and the engine have used, and what the machines' PTY servers have. The programs
    that print are not counted, nor is who reads the websocket.
    """

    def __init__(self, server: Server, students: Sequence[StudentMachine]) -> None:
        url = os.environ["DOCKER_HOST"]
        containers = [student.machine.container_id for student in students]
        with closing(docker.DockerClient(base_url=url)) as client:
            self._machines = [
                client.api.inspect_container(id_)["State"]["Pid"] for id_ in containers
            ]
        self._servers = [
            server.pid,
            listener_of(url.removeprefix("unix://")),
            *shims_of(containers),
        ]

    def read(self) -> tuple[float, float]:
        """Return seconds so far: of server and engine, and of the PTY servers."""
        return processor_seconds(self._servers), processor_seconds(self._machines)


def listener_of(path: str) -> int:
    """Return the process that listens on a unix socket: the engine."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        answer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid, _, _ = struct.unpack("3i", answer)
        return int(pid)


def shims_of(containers: Iterable[str]) -> list[int]:
    """Return the engine's helper processes, of which each container has one.

    Its id is among their arguments.
    """
    ids = {id_.encode() for id_ in containers}
    return [
        int(file.parent.name)
        for file in Path("/proc").glob("[0-9]*/cmdline")
        if ids & set(arguments := arguments_of(file)) and b"containerd-shim" in arguments[0]
    ]


def arguments_of(file: Path) -> list[bytes]:
    try:
        return file.read_bytes().split(b"\0")
    except OSError:  # it has ended
        return [b""]


def processor_seconds(pids: Iterable[int]) -> float:
    """Return user and system time of some processes.

    See proc(5): fields 14 and 15, counted behind the name, which may hold anything.
    """
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND
