"""Share the loop between those whose requests come all at once and everybody else."""

import asyncio
from collections import deque
from collections.abc import Callable

from core.budgets import STRANGER


class Turns:
    """Run actions at once, but not more than so many in one turn of the loop.

    Those that come too late wait for the next turn, in order; between turns terminals get theirs.
    """

    def __init__(self, a_turn: int = STRANGER.requests_a_turn) -> None:
        self._a_turn = self._left = a_turn
        self._waiting: deque[Callable[[], None]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None

    def take(self, action: Callable[[], None]) -> None:
        """Run the action in this turn if there is room, else in one of the next."""
        self._waiting.append(action)
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._left = loop, self._a_turn
            loop.call_soon(self._next)
        if len(self._waiting) == 1:
            self._run()

    def _run(self) -> None:
        while self._waiting and self._left:
            self._left -= 1
            self._waiting.popleft()()

    def _next(self) -> None:
        """Begin a turn; the last one, with nothing done, ends the counting."""
        is_busy = self._left < self._a_turn
        self._left = self._a_turn
        self._run()
        if is_busy or self._waiting or self._left < self._a_turn:
            asyncio.get_running_loop().call_soon(self._next)
        else:
            self._loop = None


turns = Turns()
