"""Bound the connections that wait for their peer."""

import asyncio
from collections import OrderedDict

from core.budgets import STRANGER


class WaitingConnections:
    """Hold the connections that have sent no whole request yet, or none after their last.

    Of too many the oldest is closed. So however many a stranger opens and leaves, whoever sends a
    request at once is served.
    """

    def __init__(self, most: int = STRANGER.waiting_connections) -> None:
        self._most = most
        self._transports: OrderedDict[asyncio.BaseTransport, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._transports)

    def enter(self, transport: asyncio.BaseTransport) -> None:
        """Let a connection wait; does nothing when it waits already."""
        self._transports.setdefault(transport)
        if len(self._transports) > self._most:
            oldest, _ = self._transports.popitem(last=False)
            if isinstance(oldest, asyncio.Transport):
                oldest.abort()

    def leave(self, transport: asyncio.BaseTransport) -> None:
        self._transports.pop(transport, None)


waiting = WaitingConnections()
