"""Ways to a machine's PTY server: a unix socket in a bind-mounted folder, or an exec stream of the machine's engine.

Either gives a Stream of the same bytes (terminal/wire/ptyd_frames.py says which). Everything read from one was written inside a
student's machine.
"""

import asyncio
import os
import socket
import stat

from sandboxes.models import Host, Machine
from terminal.errors import MachineUnreachable
from terminal.transports.docker_exec import open_exec
from terminal.transports.stream import ByteStream, Stream


async def open_socket(path: str) -> ByteStream:
    """Connect to the unix socket at `path`, whose last part a student may have replaced: a symlink, a FIFO or a file
    there is refused instead of followed. Raises MachineUnreachable."""
    loop = asyncio.get_running_loop()
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        _connect_without_following(connection, path)
        _, stream = await loop.create_unix_connection(ByteStream, sock=connection)
    except (OSError, ValueError):
        connection.close()
        raise MachineUnreachable from None
    return stream


def _connect_without_following(connection: socket.socket, path: str) -> None:
    # O_PATH opens the thing itself, whatever it is, without asking its driver or peer; /proc/self/fd/N then names
    # that very inode (open(2), proc(5)), so that nothing can be swapped between the look and the connect.
    handle = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if not stat.S_ISSOCK(os.fstat(handle).st_mode):
            raise ValueError("not a socket")
        connection.connect(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)


async def open_stream(machine: Machine) -> Stream:
    """A new connection to the machine's PTY server by the way its host prescribes (`machine.host` must be loaded).
    Raises MachineUnreachable."""
    if machine.host.transport == Host.Transport.SOCKET:
        return await open_socket(machine.socket_path)
    return await open_exec(machine.host.docker_url, machine.container_id)
