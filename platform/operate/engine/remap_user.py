"""Manage the user that the private engine maps root in a container to.

It is `drydock`, with 65,536 subordinate ids.
"""

import pwd
from pathlib import Path

from operate.console.shell import install_debian_packages, run

USER = "drydock"
COUNT = 65536
LOWEST = 1_000_000
FILES = (Path("/etc/subuid"), Path("/etc/subgid"))


def next_free_base(texts: list[str]) -> int:
    """Return the first id above every range in subuid(5) files, and at least LOWEST.

    The files are passed as text.
    """
    ends = [LOWEST]
    for line in "\n".join(texts).splitlines():
        parts = line.split(":")
        if len(parts) == 3 and parts[1].isdigit() and parts[2].strip().isdigit():
            ends.append(int(parts[1]) + int(parts[2]))
    return max(ends)


def root_uid() -> int:
    """Return the host's uid of root in a machine. The user is there."""
    ranges = (line.split(":") for line in FILES[0].read_text().splitlines())
    return next(int(parts[1]) for parts in ranges if parts[0] == USER)


def root_gid() -> int:
    """Return the host's gid of root in a machine. The user is there."""
    ranges = (line.split(":") for line in FILES[1].read_text().splitlines())
    return next(int(parts[1]) for parts in ranges if parts[0] == USER)


def open_device(device: Path) -> None:
    """Let root in machines that are given a device use it, and nobody else.

    Needs root, and goes with the next boot.
    """
    if device.exists():
        install_debian_packages({"setfacl": "acl"})
        run("setfacl", "-m", f"u:{root_uid()}:rw", device)


def ensure_user() -> None:
    """Create the user and its ranges when they are missing. Needs root.

    What is there is never touched.
    """
    try:
        pwd.getpwnam(USER)
    except KeyError:
        run(
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            USER,
        )
    texts = [file.read_text() if file.exists() else "" for file in FILES]
    base = next_free_base(texts)
    for file, text in zip(FILES, texts, strict=True):
        if not any(line.startswith(f"{USER}:") for line in text.splitlines()):
            joined = text if text.endswith("\n") or not text else text + "\n"
            file.write_text(f"{joined}{USER}:{base}:{COUNT}\n")
