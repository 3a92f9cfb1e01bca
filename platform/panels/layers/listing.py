"""List the files of a layer without reading any of them.

A Docker engine keeps for every layer a description of the archive that it came as
(`tar-split.json.gz`: names, sizes and headers, but no contents), so that it can push the same bytes
again. It is read from outside, as any file of the machine: some hundred kilobytes for Debian,
where an archive of the image would be eighty megabytes that the machine has to write first.

The machine is its student's, and so is what stands there: everything is bounded, and names are
text. Format: https://github.com/vbatts/tar-split (tar/storage/entry.go).
"""

import base64
import binascii
import hashlib
import json
import threading
import time
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from panels.layers.history import DIGEST, STORE
from panels.machine import ObservedMachine
from panels.untrusted import text, whole

Kind = Literal["file", "folder", "link", "other"]

FILES_MAX = 60_000  # of a layer
PATH_CHARS = 1_024
DEPTH_MAX = 64
DESCRIPTION_BYTES = 8 * 1024 * 1024
UNPACKED_BYTES = 128 * 1024 * 1024
LINE_BYTES = 256 * 1024
READ_SECONDS = 5.0
# Of all listings that are remembered together; one takes some 200 bytes.
REMEMBERED_FILES = 120_000

FILE_TYPE, SEGMENT_TYPE = 1, 2
TAR_BLOCK, TYPE_AT = 512, 156
KINDS: dict[int, Kind] = {
    ord("2"): "link",
    ord("5"): "folder",
    **dict.fromkeys(b"346", "other"),
}
# What is gone from the layers below, in the words of OCI's image format.
REMOVED, CLEARED = ".wh.", ".wh..wh..opq"


@dataclass
class Listing:
    """Hold what a layer has, by path: kind and bytes. A hard link is a file of no bytes.

    `removed` are paths of layers below that are gone, `cleared` folders of which nothing below is
    left. `cut` says that there is more than was read, `skipped` counts names that lead nowhere.
    """

    files: dict[str, tuple[Kind, int]] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    cleared: set[str] = field(default_factory=set)
    cut: bool = False
    skipped: int = 0

    @property
    def entries(self) -> int:
        return len(self.files) + len(self.removed) + len(self.cleared)

    def add(self, name: str, kind: Kind, size: int) -> None:
        """Take a member of a layer's archive; once there are too many, say so instead."""
        path = normal_path(name)
        if path is None:
            self.skipped += 1
            return
        if self.entries >= FILES_MAX:
            self.cut = True
            return
        folder, _, last = path.rpartition("/")
        if last == CLEARED:
            self.cleared.add(folder)
        elif last.startswith(".wh..wh."):  # AUFS's own, which mean nothing here
            return
        elif last.startswith(REMOVED):
            self.removed.add(f"{folder}/{last.removeprefix(REMOVED)}".lstrip("/"))
        elif path:
            self.files[path] = (kind, size if kind == "file" else 0)


def normal_path(name: str) -> str | None:
    """Return a member's path without its root; None for what lies outside of it, or too deep."""
    if len(name) > PATH_CHARS:
        return None
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or len(parts) > DEPTH_MAX:
        return None
    return text("/".join(parts), PATH_CHARS)


class ListingStore:
    """Read listings, and remember the last ones by what they were read from.

    Not by the layer's name: a student can write anything under the name of a layer that others
    have, too. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._listings: OrderedDict[str, Listing] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, machine: ObservedMachine, chain: str) -> Listing | None:
        """Return what is in a layer; None where the engine keeps no description of it."""
        if not DIGEST.fullmatch(chain):
            return None
        path = f"{STORE}/layerdb/{chain.replace(':', '/')}/tar-split.json.gz"
        fact = machine.engine.read_file(machine.container_id, path, DESCRIPTION_BYTES)
        if fact.kind != "regular" or not fact.content:
            return None
        key = hashlib.sha256(fact.content).hexdigest()
        if listing := self.recall(key):
            return listing
        listing = parse_description(fact.content)
        listing.cut |= fact.truncated
        self.remember(key, listing)
        return listing

    def recall(self, key: str) -> Listing | None:
        """Return a listing that is remembered."""
        with self._lock:
            if key in self._listings:
                self._listings.move_to_end(key)
            return self._listings.get(key)

    def remember(self, key: str, listing: Listing) -> None:
        """Remember a listing, and forget those that nobody has wanted for longest."""
        with self._lock:
            self._listings[key] = listing
            while sum(each.entries for each in self._listings.values()) > REMEMBERED_FILES:
                self._listings.popitem(last=False)


def parse_description(content: bytes) -> Listing:
    """Parse a compressed description, as far as it can be read."""
    listing, header = Listing(), b""
    try:
        for line in unpack_lines(content):
            entry = json.loads(line)
            if not isinstance(entry, dict):
                raise ValueError("no entry")
            if entry.get("type") == SEGMENT_TYPE:
                segment = base64.b64decode(str(entry.get("payload") or ""))
                header = segment[-TAR_BLOCK:] if len(segment) >= TAR_BLOCK else header
            elif entry.get("type") == FILE_TYPE:
                listing.add(name_of(entry), entry_kind(header), whole(entry.get("size")))
    except (ValueError, RecursionError, zlib.error, binascii.Error):
        listing.cut = True
    return listing


def unpack_lines(content: bytes) -> Iterator[bytes]:
    """Unpack lines of a gzip file. Raises ValueError for too much, zlib.error for another file."""
    unpacker, rest, total = zlib.decompressobj(wbits=31), b"", 0
    end = time.monotonic() + READ_SECONDS
    pending = content
    while not unpacker.eof:
        piece = unpacker.decompress(pending, LINE_BYTES)
        pending = unpacker.unconsumed_tail
        if not piece and not pending:
            break
        total += len(piece)
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines
        if len(rest) > LINE_BYTES or total > UNPACKED_BYTES or time.monotonic() > end:
            raise ValueError("too much")
    if not unpacker.eof or rest:
        raise ValueError("it ends in the middle")


def name_of(entry: dict[str, object]) -> str:
    """Return a member's name, which is written in another place when it is not UTF-8."""
    if raw := entry.get("name_raw"):
        return base64.b64decode(str(raw)).decode(errors="replace")
    name = entry.get("name")
    return name if isinstance(name, str) else ""


def entry_kind(header: bytes) -> Kind:
    """Tell a member's kind by the last block before it, which is its header."""
    if len(header) < TAR_BLOCK:
        return "file"
    return KINDS.get(header[TYPE_AT], "file")
