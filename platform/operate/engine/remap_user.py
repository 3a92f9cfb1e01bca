"""Manage the user that the private engine maps root in a container to.

It is `drydock`, with 65,536 subordinate ids at least. Where this host knows all its users it gets a
thousand million: images and archives from elsewhere have owners of any number, and what is beyond
the range can't be unpacked in a machine (*invalid argument*).
"""

import grp
import pwd
from pathlib import Path

from operate.console.shell import install_debian_packages, run

USER = "drydock"
COUNT, WIDE_COUNT = 65536, 2**30
LOWEST = 1_000_000
UID_MAP = Path("/proc/self/uid_map")
NSSWITCH = Path("/etc/nsswitch.conf")
# Where users may stand that nobody can list: whoever is not here is not within the range either.
LOCAL_SOURCES = {"files", "systemd", "compat"}
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


def widest_count(base: int, texts: list[str]) -> int:
    """Return how many ids from `base` on are this user's to have.

    Not those of other ranges, of users, and of what is beyond this system's own range where it runs
    in a container; the least where users may come from a directory that can't be listed.
    """
    switches = NSSWITCH.read_text() if NSSWITCH.exists() else ""
    sources = {
        source
        for line in switches.splitlines()
        if line.startswith(("passwd:", "group:", "subid:"))
        for source in line.split()[1:]
    }
    if not sources <= LOCAL_SOURCES:
        return COUNT
    taken = [entry.pw_uid for entry in pwd.getpwall()] + [entry.gr_gid for entry in grp.getgrall()]
    for line in "\n".join(texts).splitlines():
        user, _, rest = line.partition(":")
        if user != USER and rest.partition(":")[0].isdigit():
            taken.append(int(rest.partition(":")[0]))
    maps = (map(int, line.split()) for line in UID_MAP.read_text().splitlines())
    end = max(inside + count for inside, _, count in maps)
    above = [number for number in taken if number >= base]
    return max(COUNT, min([base + WIDE_COUNT, end, *above]) - base)


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
    """Create the user and its ranges when they are missing, and widen a narrow one. Needs root.

    A range begins where it began: that is the owner of every file that machines have.
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
        written = with_range(text, base, texts)
        if written != text:
            file.write_text(written)


def with_range(text: str, base: int, texts: list[str]) -> str:
    """Return a subuid(5) file with the user's range in it, one of the least size widened."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        user, first, count = [*line.split(":"), "", ""][:3]
        if user == USER:
            if first.isdigit() and count.strip() == str(COUNT):
                lines[number] = f"{USER}:{first}:{widest_count(int(first), texts)}"
            break
    else:
        lines.append(f"{USER}:{base}:{widest_count(base, texts)}")
    return "\n".join([*lines, ""])
