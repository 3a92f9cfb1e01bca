"""Make the kernel's calls that Python's own library does not offer."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)


def system_call(*arguments: object) -> int:
    """Make a system call by its number. Raises OSError."""
    result = int(libc.syscall(*arguments))
    if result < 0:
        raise last_error()
    return result


def last_error(path: str | None = None) -> OSError:
    """Return the error of the C library's call that has just failed."""
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), path)


@contextmanager
def opened_folder(folder: Path, *, follow_links: bool) -> Iterator[int]:
    """Open a folder; a link to one is refused unless links are followed."""
    flags = os.O_RDONLY | os.O_DIRECTORY | (0 if follow_links else os.O_NOFOLLOW)
    descriptor = os.open(folder, flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
