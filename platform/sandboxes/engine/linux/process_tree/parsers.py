"""Parse what /proc tells of a process (proc(5)).

Its name and its arguments are a student's to choose: they come out as short, printable text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

KIB = 1024
NAME_CHARS = 32  # the kernel keeps 15 bytes of a program's name, and more of its own threads'
COMMAND_CHARS = 200
NUMBERS_MAX = 33  # PID namespaces nest 32 deep (pid_namespaces(7))
NAMESPACE = re.compile(r"^\w+:\[(\d+)\]$")


@dataclass(frozen=True)
class Status:
    """Hold what is used of /proc/<pid>/status; `uid` is the effective one, on the host."""

    name: str
    state: str
    parent: int
    numbers: tuple[int, ...]
    uid: int
    resident_bytes: int
    effective: int
    bounding: int


def parse_status(text: str) -> Status:
    """Parse /proc/<pid>/status. Raises ValueError for what no kernel writes."""
    fields: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.partition(":\t")
        # The name comes first, and the kernel writes its line ends as `\n`.
        fields.setdefault(key, value)
    try:
        return Status(
            name=printable(fields["Name"], NAME_CHARS),
            state=fields["State"][:1],
            parent=int(fields["PPid"]),
            numbers=tuple(int(number) for number in fields["NSpid"].split()[:NUMBERS_MAX]),
            uid=int(fields["Uid"].split()[1]),
            resident_bytes=int(fields.get("VmRSS", "0 kB").split()[0]) * KIB,
            effective=int(fields["CapEff"], 16),
            bounding=int(fields["CapBnd"], 16),
        )
    except (KeyError, IndexError) as error:
        raise ValueError(f"no status of a process: {error}") from error


def parse_command(arguments: bytes) -> str:
    """Return a command line of /proc/<pid>/cmdline as readable text, "" for a kernel's thread."""
    text = arguments.rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    return printable(text, COMMAND_CHARS)


def parse_namespace(link: str) -> int:
    """Return the id in a link of /proc/<pid>/ns, 0 for anything else."""
    match = NAMESPACE.match(link)
    return int(match[1]) if match else 0


def inner_uid(uid: int, mapping: str) -> int:
    """Return a user's number in a user namespace by its uid_map, -1 for one without a number."""
    for line in mapping.splitlines():
        try:
            inside, outside, count = (int(number) for number in line.split())
        except ValueError:
            continue
        if outside <= uid < outside + count:
            return inside + uid - outside
    return -1


def printable(text: str, length: int) -> str:
    """Cut a text to a length, and replace what would not be seen or would move other text."""
    cut = text if len(text) <= length else text[: length - 1] + "…"
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in cut)


def cgroup_of(text: str, container_id: str) -> list[tuple[str, str]]:
    """Find a container's own cgroups in /proc/<pid>/cgroup of one of its processes.

    Returns pairs of a hierarchy's controllers ("" for cgroup 2's) and the path below its root,
    without what the machine has made below its own.
    """
    cgroups = []
    for line in text.splitlines():
        _number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        parts = path.strip("/").split("/")
        own = next((at for at, part in enumerate(parts) if container_id in part), None)
        if own is not None and ".." not in parts:
            cgroups.append((controllers.removeprefix("name="), "/".join(parts[: own + 1])))
    return cgroups


def parse_pids(texts: Iterable[str]) -> list[int]:
    """Return the pids of several cgroup.procs, each once, in order.

    A process of another PID namespace than ours is 0 there, and left out.
    """
    pids = {int(word) for text in texts for word in text.split() if word.isdigit()}
    return sorted(pids - {0})
