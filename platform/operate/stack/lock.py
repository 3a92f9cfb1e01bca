"""Allow a var folder to be used by one run at a time."""

import contextlib
import fcntl
from collections.abc import Iterator

from operate.errors import OperateError
from operate.stack.layout import Layout


@contextlib.contextmanager
def only_run(layout: Layout) -> Iterator[None]:
    """Hold the folder's lock, which the kernel releases however the process ends.

    Raises OperateError when another run holds it.
    """
    with layout.lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise OperateError(f"the platform already runs from {layout.var}") from error
        yield
