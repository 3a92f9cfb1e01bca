"""Reach a TCP port of a machine, through its PTY server.

The PTY server connects inside the machine, so this works for every image, and wherever terminals
do. Whatever is read was sent by a student's program.
"""

import asyncio

from sandboxes.models import Machine
from terminal.errors import (
    MachineGarbled,
    MachineUnreachable,
    PortBusy,
    PortRefused,
    PortSilent,
    PortsUnknown,
    TerminalError,
)
from terminal.transports.machine_stream import open_stream
from terminal.transports.stream import Stream
from terminal.wire import ptyd_frames

# The PTY server waits three seconds for a port.
ANSWER_SECONDS = 8.0

REFUSALS: dict[bytes, type[TerminalError]] = {
    b"refused": PortRefused,
    b"timeout": PortSilent,
    b"busy": PortBusy,
    # What a PTY server says that knows no ports: the machine was started by an older version.
    b"protocol": PortsUnknown,
}


class PortStream:
    """Carry the bytes of a port: a stream whose first bytes came with the PTY server's answer."""

    def __init__(self, stream: Stream, first: bytes) -> None:
        self._stream = stream
        self._first = first

    async def read(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        return await self._stream.read()

    def write(self, data: bytes) -> None:
        self._stream.write(data)

    def is_full(self) -> bool:
        return self._stream.is_full()

    async def drain(self) -> None:
        await self._stream.drain()

    async def close(self) -> None:
        await self._stream.close()


async def open_port(machine: Machine, port: int) -> Stream:
    """Connect to a port of the machine; `machine.host` must be loaded.

    Raises what REFUSALS has, MachineUnreachable, MachineGarbled.
    """
    stream = await open_stream(machine)
    try:
        stream.write(ptyd_frames.encode(ptyd_frames.CONNECT, ptyd_frames.pack_port(port)))
        async with asyncio.timeout(ANSWER_SECONDS):
            return PortStream(stream, await read_answer(stream))
    except BaseException as error:
        await stream.close()
        if isinstance(error, TimeoutError):
            raise MachineUnreachable from None
        raise


async def read_answer(stream: Stream) -> bytes:
    """Read the PTY server's answer; return the bytes of the port that came with it.

    Raises as `open_port`.
    """
    decoder = ptyd_frames.FrameDecoder()
    try:
        while not (frames := decoder.take(1)):
            data = await stream.read()
            if not data:
                raise MachineUnreachable
            decoder.push(data)
    except ptyd_frames.PtydProtocolError:
        raise MachineGarbled from None
    frame = frames[0]
    if frame.type == ptyd_frames.ERROR:
        raise REFUSALS.get(frame.payload, MachineGarbled)()
    if frame.type != ptyd_frames.CONNECTED or frame.payload:
        raise MachineGarbled
    return decoder.take_rest()
