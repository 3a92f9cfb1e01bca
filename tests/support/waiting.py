"""Wait until something holds."""

import asyncio
import re
import time
from collections.abc import Callable
from typing import TypeVar

import requests

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
    end, last = time.monotonic() + seconds, ""
    while time.monotonic() < end:
        try:
            if value := probe():
                return value
        except (OSError, requests.RequestException, WebSocketClosed, AssertionError) as error:
            last = str(error)
        time.sleep(every)
    raise AssertionError(f"{event} did not happen within {seconds:.0f} s: {last or 'not yet'}")


async def settle(condition: Callable[[], bool], seconds: float = 2.0) -> None:
    """Let the loop run until `condition` holds; AssertionError when it does not in time."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  polling is what a test without hooks can do
            await asyncio.sleep(0.002)
