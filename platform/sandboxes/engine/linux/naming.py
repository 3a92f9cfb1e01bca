"""Give a machine its name wherever it shows: the kernel's, its files, and the waiting prompt."""

import logging
from pathlib import Path

from sandboxes.engine.linux import mounts
from sandboxes.engine.linux.hostname import set_hostname

logger = logging.getLogger(__name__)


def give_name(folder: Path, pid: int, hostname: str) -> None:
    """Name a machine whose init is `pid` here, and let its prompt come, whatever happens."""
    try:
        set_hostname(pid, hostname)
        mounts.write_names(folder, hostname=hostname)
    except OSError as error:  # it has ended again, or its files have no room
        logger.warning("the machine with process %s is not %s: %s", pid, hostname, error)
    finally:
        mounts.release_prompt(folder, hostname)
