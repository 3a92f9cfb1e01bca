"""Type into a machine over a websocket, at human speed, in a benchmark's event loop."""

import json
import time

from websockets.asyncio.client import ClientConnection

from tests.support.clients.drydock_v1 import TerminalStream

PROMPT = b"# "


class Terminal:
    """Type into a machine, key by key, and see each come back."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._stream = socket, TerminalStream(keeps_output=False)

    async def open(self) -> None:
        await self._socket.send(json.dumps(self._stream.resume()))
        await self.read_until(PROMPT)

    async def read(self) -> bytes:
        """Return the next output, acknowledged."""
        while True:
            message = await self._socket.recv()
            if isinstance(message, str):
                self._stream.take_control(message)
                continue
            if ack := self._stream.take_output(message):
                await self._socket.send(json.dumps(ack))
            return message

    async def read_until(self, mark: bytes) -> None:
        tail = b""
        while mark not in tail:
            tail = tail[-len(mark) :] + await self.read()

    async def press(self, key: bytes) -> float:
        """Return the seconds until a key's echo."""
        began = time.perf_counter()
        await self._socket.send(key)
        while key not in await self.read():
            pass
        return time.perf_counter() - began

    async def enter(self) -> None:
        """Press Enter, and wait for the next prompt."""
        await self._socket.send(b"\r")
        await self.read_until(PROMPT)

    async def run(self, command: str) -> None:
        """Enter a line, and wait for the next prompt."""
        await self._socket.send(command.encode())
        await self.enter()

    async def interrupt(self) -> None:
        """Press Ctrl-C, and wait for the next prompt."""
        await self._socket.send(b"\x03")
        await self.read_until(PROMPT)
