"""Pace what comes too fast: count it against a rate, and say how long to wait."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from core.budgets import Rate

Shared = TypeVar("Shared")


class Meter:
    """Count against a rate: a bucket that holds `burst`, and fills by `per_second`.

    What is taken beyond that has to be waited for: a single amount may exceed the bucket.
    """

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._left = float(rate.burst)
        self._at = clock()

    def charge(self, amount: int) -> float:
        """Count `amount`; return the seconds to wait before any more, 0 within the rate."""
        now = self._clock()
        rate = self._rate
        left = min(rate.burst, self._left + (now - self._at) * rate.per_second) - amount
        self._left, self._at = left, now
        return 0.0 if left >= 0 else -left / rate.per_second


class SharedByKey(Generic[Shared]):
    """Give everybody who names the same key the same object, for as long as somebody holds it."""

    def __init__(self, make: Callable[[], Shared]) -> None:
        self._make = make
        self._objects: WeakValueDictionary[Hashable, Shared] = WeakValueDictionary()

    def get(self, key: Hashable) -> Shared:
        """Return the object of `key`, a new one when nobody holds one."""
        shared = self._objects.get(key)
        if shared is None:
            shared = self._objects[key] = self._make()
        return shared
