"""Keep what a log line belongs to: the request, the user, the sandbox.

It is kept for each piece of work (a request, a task, a websocket), across `await` and asgiref's
threads.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from types import MappingProxyType

FIELDS = ("request_id", "user_id", "sandbox_id")
# A value, or a function that is asked for it when a line is written: who is signed in is found out
# late in a request.
Value = object | Callable[[], object]
EMPTY: Mapping[str, Value] = MappingProxyType({})
_context: ContextVar[Mapping[str, Value]] = ContextVar("drydock_log_context", default=EMPTY)


def bind(**fields: Value) -> None:
    """Bind the lines from here on to these fields. Names: FIELDS."""
    _context.set(MappingProxyType({**_context.get(), **fields}))


def bound() -> dict[str, str]:
    """Return what a line written now belongs to."""
    values = (
        (name, value() if callable(value) else value) for name, value in _context.get().items()
    )
    return {name: str(value) for name, value in values if value not in (None, "")}


def begin(**fields: Value) -> None:
    """Forget what was bound and start with these fields.

    For workers, which do one task after another.
    """
    _context.set(MappingProxyType(fields))


@contextlib.contextmanager
def fresh(**fields: Value) -> Iterator[None]:
    """Start a piece of work of its own.

    Nothing bound outside holds in it, nothing of it holds afterwards.
    """
    token = _context.set(MappingProxyType(fields))
    try:
        yield
    finally:
        _context.reset(token)


class ContextFilter(logging.Filter):
    """Put what a line belongs to onto its record, where formatters find it.

    Fields that the call gave itself stay.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in bound().items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True
