"""Reach a machine's PTY server by the way that its host prescribes.

That is a unix socket in a bind-mounted folder, or an exec stream of the machine's engine. Either
gives a Stream of the same bytes (wire/ptyd_frames.py says which). Everything read from it was
written inside a student's machine.
"""

from sandboxes.models import Host, Machine
from terminal.transports.docker_exec import open_exec
from terminal.transports.stream import Stream
from terminal.transports.unix_socket import open_socket


async def open_stream(machine: Machine) -> Stream:
    """Connect to the machine's PTY server; `machine.host` must be loaded.

    Raises MachineUnreachable.
    """
    if machine.host.transport == Host.Transport.SOCKET:
        return await open_socket(machine.socket_path)
    return await open_exec(machine.host.docker_url, machine.container_id)
