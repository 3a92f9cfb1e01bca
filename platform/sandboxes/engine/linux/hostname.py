"""Set the host name of a machine that runs already.

A pooled machine is named before anybody knows what for. Needs root on the engine's own host. The
name is forgotten with every stop.
"""

import subprocess


def set_hostname(pid: int, name: str) -> None:
    """Name the machine whose init is `pid` here. Raises OSError."""
    # Of the machine only its UTS namespace is entered, so nsenter and hostname are the host's.
    command = ["nsenter", f"--uts=/proc/{pid}/ns/uts", "hostname", name]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=5)
    except subprocess.SubprocessError as error:
        raise OSError(f"the host name can't be set: {error}") from error
