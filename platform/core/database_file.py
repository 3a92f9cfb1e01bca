"""Keep SQLite's file to its owner: it holds session keys and hashes of passwords."""

from pathlib import Path
from stat import S_IMODE
from typing import Any

from django.db.backends.signals import connection_created
from django.dispatch import receiver

OTHERS = 0o077


@receiver(connection_created)
def close_to_others(connection: Any, **_: Any) -> None:
    """Take the file from everybody else, whichever command has just made it.

    The files beside it for SQLite's log get its permissions (https://www.sqlite.org/wal.html).
    """
    if connection.vendor != "sqlite" or connection.is_in_memory_db():
        return
    name = str(connection.settings_dict["NAME"])
    for file in (Path(name), Path(f"{name}-wal"), Path(f"{name}-shm")):
        try:
            mode = S_IMODE(file.stat().st_mode)
            if mode & OTHERS:
                file.chmod(mode & ~OTHERS)
        except OSError:  # not there, or another user's
            continue
