"""Wait for something that another process brings about, by asking again and again."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def wait_until(
    condition: Callable[[], Result], *, seconds: float, poll_seconds: float = 0.05
) -> Result:
    """Return the first true result of `condition`, or a false one when `seconds` are over.

    It is asked once at least.
    """
    deadline = time.monotonic() + seconds
    while not (result := condition()) and time.monotonic() <= deadline:
        time.sleep(poll_seconds)
    return result


def with_retries(
    action: Callable[[], Result],
    *,
    retry_on: type[Exception],
    seconds: float,
    poll_seconds: float = 0.05,
) -> Result:
    """Return what `action` returns once it does not raise `retry_on` any more.

    Raises its last error when `seconds` are over. It is tried once at least.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return action()
        except retry_on:
            if time.monotonic() > deadline:
                raise
        time.sleep(poll_seconds)
