"""Remember what was learned of machines, within a bound."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class RecentlyUsed(Generic[Key, Value]):
    """Remember values by key, for the observer's threads.

    Beyond `most` of them, the one that nobody has asked for or put in for longest goes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key) -> Value | None:
        """Return the value; None when there is none, or not any more."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Key, value: Value) -> Value | None:
        """Remember a value in the place of what was there, and return that."""
        with self._lock:
            before = self._values.pop(key, None)
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
            return before
