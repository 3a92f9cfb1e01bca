"""Wait until something holds."""

import asyncio
import re
from collections.abc import Callable
from typing import TypeVar

import requests

from core.waiting import wait_until
from tests.support.clients.websocket import WebSocketClosed

# For what is done in a moment on a machine that is not loaded. Conditions end a wait, not the
# clock.
PATIENCE_SECONDS = 30
# What a shell says about colours and modes is no part of a command's output (ECMA-48, 5.4: CSI).
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")

Probed = TypeVar("Probed")


def wait_for(
    probe: Callable[[], Probed | None], event: str, seconds: float = 60, *, every: float = 0.1
) -> Probed:
    """Call `probe` until it returns something true, and return that.

    A connection that is refused counts as not yet.
    """
    last = ""

    def attempt() -> Probed | None:
        nonlocal last
        try:
            return probe()
        except (OSError, requests.RequestException, WebSocketClosed, AssertionError) as error:
            last = str(error)
            return None

    if value := wait_until(attempt, seconds=seconds, poll_seconds=every):
        return value
    raise AssertionError(f"{event} did not happen within {seconds:.0f} s: {last or 'not yet'}")


async def settle(condition: Callable[[], bool], seconds: float = 2.0) -> None:
    """Let the loop run until `condition` holds; AssertionError when it does not in time."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  polling is what a test without hooks can do
            await asyncio.sleep(0.002)
