"""Connect to a port within one student's share, and count what passes."""

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from django.conf import settings

from core.budgets import PORTS
from core.metering.pacing import Meter
from ports.errors import too_many
from sandboxes.models import Machine, Sandbox
from terminal.activity import Activity
from terminal.transports.machine_port import open_port
from terminal.transports.stream import Stream

# Students whose share is remembered.
REMEMBERED = 1_024


class Share:
    """Hold what one student may use of this process: connections, bytes, chunks."""

    def __init__(self) -> None:
        self.connections = asyncio.Semaphore(PORTS.connections)
        self.opening = asyncio.Semaphore(PORTS.opening)
        self.waiting = 0
        self.bytes = Meter(PORTS.bytes)
        self.chunks = Meter(PORTS.chunks)
        self._activities: dict[uuid.UUID, Activity] = {}

    def note_use(self, sandbox: Sandbox) -> None:
        """Count what a person does with a port as work in the sandbox."""
        if len(self._activities) > 2 * settings.SANDBOXES_PER_USER:
            self._activities.clear()
        self._activities.setdefault(sandbox.pk, Activity(sandbox)).note()

    async def enter(self, stack: AsyncExitStack) -> None:
        """Wait for a place among the connections. Raises PortError when there are too many."""
        if self.waiting >= PORTS.waiting:
            raise too_many()
        self.waiting += 1
        try:
            async with asyncio.timeout(PORTS.wait_seconds):
                await stack.enter_async_context(self.connections)
        except TimeoutError:
            raise too_many() from None
        finally:
            self.waiting -= 1

    async def charge(self, size: int, chunks: int = 1) -> None:
        """Count what passes, and wait where that was too much."""
        pause = max(self.bytes.charge(size), self.chunks.charge(chunks))
        if pause:
            await asyncio.sleep(pause)


class Shares:
    """Remember the shares of those who used ports lately."""

    def __init__(self) -> None:
        self._shares: OrderedDict[int, Share] = OrderedDict()

    def get(self, user_id: int) -> Share:
        share = self._shares.setdefault(user_id, Share())
        self._shares.move_to_end(user_id)
        if len(self._shares) > REMEMBERED:
            self._shares.popitem(last=False)
        return share


@asynccontextmanager
async def connected(machine: Machine, port: int, share: Share) -> AsyncIterator[Stream]:
    """Hold a connection to a port. Raises PortError, and TerminalError as `open_port`."""
    async with AsyncExitStack() as stack:
        await share.enter(stack)
        async with share.opening:
            stream = await open_port(machine, port)
        stack.push_async_callback(stream.close)
        yield stream


class Silence(Exception):
    """Report that nothing has moved on a connection for too long."""


class PacedReader:
    """Read from a port as long as something moves, and count it."""

    def __init__(self, stream: Stream, share: Share) -> None:
        self._stream = stream
        self.share = share
        self._loop = asyncio.get_running_loop()
        self._moved = self._loop.time()

    def moved(self) -> None:
        """Note that something has passed the other way."""
        self._moved = self._loop.time()

    async def read(self, patience: float) -> bytes:
        """Return what has come; empty at the end. Raises Silence."""
        while True:
            try:
                async with asyncio.timeout_at(self._moved + patience):
                    data = await self._stream.read()
            except TimeoutError:
                if self._loop.time() >= self._moved + patience:
                    raise Silence from None
                continue
            self.moved()
            await self.share.charge(len(data))
            return data
