"""Speak with `files`, the program that reads and changes a machine's files (runtime/files).

The engine runs it in the machine, as root. It reaches what a shell there reaches and nothing of the
host's. A student may put another program in its place and so fool themselves: what comes is
bounded, taken apart strictly, and believed by nobody.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from sandboxes.errors import InsideSilent, SandboxError

BLOCK_MAX = 256 * 1024  # a header or a content, either way (files.h)
REPLY_MAX = 2 * (BLOCK_MAX + 4)
NEW, ANY = "new", "any"  # versions: there must be nothing; whatever is there
KINDS = {"f": "file", "d": "folder", "l": "link", "p": "pipe", "s": "socket", "c": "device"}
SECONDS = 10.0  # the program itself gives up after 8


class FileRunner(Protocol):
    """Run the program in machines, as an engine does."""

    def ask_files(self, container_id: str, request: bytes, seconds: float) -> bytes:
        """Return the reply to a request of pack()'s.

        This is what the machine says, no more. Raises MachineMissing, InsideSilent, EngineError.
        """
        ...


class FileRefused(SandboxError):
    """Say why the machine did not do it: `reason` is a word of runtime/files/main.c.

    `fields` is what else it said: an explanation, or what is there instead.
    """

    def __init__(self, reason: str, fields: Sequence[str] = ()) -> None:
        super().__init__(" ".join([reason, *fields]))
        self.reason = reason
        self.fields = tuple(fields)


@dataclass(frozen=True)
class Entry:
    """Describe something in a folder.

    `kind` and `leads_to`, for a link, are of KINDS; `leads_to` is "" for a link that leads nowhere.
    """

    name: bytes
    kind: str
    size: int
    mode: int
    changed_at: int
    leads_to: str


@dataclass(frozen=True)
class Folder:
    """Hold some of the entries of a folder. `more` when there are more than `total` even."""

    path: bytes
    total: int
    more: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class FilePart:
    """Hold a piece of a file, with what the whole is."""

    version: str
    size: int
    mode: int
    uid: int
    gid: int
    content: bytes


def pack(fields: Sequence[bytes], content: bytes = b"") -> bytes:
    """Return a request or a reply, which are framed alike. No field has a NUL."""
    header = b"".join(field + b"\0" for field in fields)
    return struct.pack(">I", len(header)) + header + struct.pack(">I", len(content)) + content


def is_whole(reply: bytes | bytearray) -> bool:
    """Whether all of a reply has come. Raises InsideSilent for what can't become one."""
    at = 0
    for _ in range(2):
        if len(reply) < at + 4:
            return False
        (size,) = struct.unpack_from(">I", reply, at)
        if size > BLOCK_MAX:
            raise InsideSilent("what answered for the machine's files sends too much")
        at += 4 + size
    return len(reply) >= at


def unpack(message: bytes) -> tuple[list[bytes], bytes]:
    """Return the fields and the content. Raises InsideSilent."""
    if not is_whole(message):
        raise InsideSilent("what answered for the machine's files ended too early")
    (size,) = struct.unpack_from(">I", message)
    header = message[4 : 4 + size]
    (content_size,) = struct.unpack_from(">I", message, 4 + size)
    content = message[8 + size : 8 + size + content_size]
    return header.split(b"\0")[:-1], content


class MachineFiles:
    """Read and change the files of a running machine. Paths are absolute, and any bytes but NUL.

    Everything raises FileRefused, MachineMissing and EngineError.
    """

    def __init__(self, engine: FileRunner, container_id: str) -> None:
        self._engine = engine
        self._container_id = container_id

    def list_folders(
        self, paths: Sequence[bytes], *, offset: int = 0, limit: int = 500
    ) -> list[Folder | FileRefused]:
        """Return for each folder `limit` entries from `offset` on, or why it can't be listed."""
        fields, _ = self._ask(b"list", b"%d" % offset, b"%d" % limit, *paths)
        try:
            rest = iter(fields)
            return [read_folder(rest) for _ in paths]
        except (StopIteration, ValueError, KeyError, RuntimeError):
            raise garbled() from None

    def read_piece(self, path: bytes, *, offset: int = 0, size: int = BLOCK_MAX) -> FilePart:
        """Read at most `size` bytes of a regular file, behind links."""
        fields, content = self._ask(b"read", path, b"%d" % offset, b"%d" % size)
        try:
            version, whole, mode, uid, gid = map(text_of, fields)
            return FilePart(version, int(whole), int(mode, 8), int(uid), int(gid), content[:size])
        except ValueError:
            raise garbled() from None

    def stage(self, path: bytes, key: str, offset: int, content: bytes) -> None:
        """Put a piece of a file that is to be written beside its place, under a key."""
        self._ask(b"stage", path, key.encode(), b"%d" % offset, content=content)

    def discard(self, path: bytes, key: str) -> None:
        """Remove what was staged; safe to call twice."""
        self._ask(b"discard", path, key.encode())

    def write(
        self, path: bytes, content: bytes | str, *, expects: str = ANY, parents: bool = False
    ) -> tuple[str, int]:
        """Write a whole file, or what was staged under a key, and return its version and size.

        It appears whole or not at all, with its mode and its owner; what a link leads to is
        written. FileRefused with "conflict" has the version that is there instead of the expected
        one, "" for none.
        """
        staged = isinstance(content, str)
        key = content.encode() if isinstance(content, str) else b"-"
        fields, _ = self._ask(
            b"write",
            path,
            expects.encode(),
            b"1" if parents else b"0",
            key,
            content=b"" if staged or isinstance(content, str) else content,
        )
        try:
            version, size = map(text_of, fields)
            return version, int(size)
        except ValueError:
            raise garbled() from None

    def make_folder(self, path: bytes) -> None:
        self._ask(b"mkdir", path)

    def rename(self, path: bytes, new_path: bytes) -> None:
        """Rename or move; nothing is replaced."""
        self._ask(b"rename", path, new_path)

    def remove(self, path: bytes, *, whole: bool = False) -> None:
        """Remove a file, a link or an empty folder; with `whole` any folder.

        FileRefused with "not-empty" has ("", how many entries there are, "+" for even more).
        """
        self._ask(b"remove", path, b"1" if whole else b"0")

    def _ask(self, *fields: bytes, content: bytes = b"") -> tuple[list[bytes], bytes]:
        request = pack(fields, content)
        reply, content_received = unpack(
            self._engine.ask_files(self._container_id, request, SECONDS)
        )
        if not reply:
            raise garbled()
        if reply[0] != b"ok":
            reason, *rest = (text_of(field)[:200] for field in reply[:4])
            raise FileRefused(reason, rest)
        return reply[1:], content_received


def read_folder(fields: Iterator[bytes]) -> Folder | FileRefused:
    """Take one folder off a reply's fields. Raises StopIteration, ValueError, KeyError."""
    state = text_of(next(fields))
    if state != "ok":
        return FileRefused(state, [text_of(next(fields))])
    path, total, more, shown = next(fields), next(fields), next(fields), int(next(fields))
    entries = tuple(read_entry(fields) for _ in range(shown))
    return Folder(path, int(total), bool(more), entries)


def read_entry(fields: Iterator[bytes]) -> Entry:
    """Take one entry off a reply's fields."""
    kind, size, mode, changed_at, name, leads_to = (next(fields) for _ in range(6))
    return Entry(
        name=name,
        kind=KINDS[text_of(kind)],
        size=int(size),
        mode=int(mode, 8),
        changed_at=int(changed_at),
        leads_to=KINDS.get(text_of(leads_to), ""),
    )


def text_of(field: bytes) -> str:
    return field.decode(errors="replace")


def garbled() -> InsideSilent:
    return InsideSilent("what answered for the machine's files makes no sense")
