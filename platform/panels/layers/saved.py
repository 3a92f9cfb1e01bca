"""List the files of an image's layers by having the engine save it: `docker save`.

It works with every engine and costs the machine much: it writes the whole image first. So it is
used where listing.py finds nothing. The archive has a file for each layer, itself an archive, and
`manifest.json`, which names them in order: engines since 25 call them by digest (`blobs/sha256/…`,
OCI's layout), older ones `…/layer.tar`.

All of it is a student's to forge: it is read once from its beginning, within a bound of bytes and
seconds, and nothing is unpacked.
"""

import io
import json
import posixpath
import tarfile
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from panels.layers.history import ImageDetail
from panels.layers.listing import FILES_MAX, Kind, Listing, ListingStore
from panels.machine import ObservedMachine
from panels.untrusted import items, record
from sandboxes.errors import EngineError

SAVED_BYTES = 1024 * 1024 * 1024
SECONDS = 18.0
MEMBERS_MAX = 1_000  # of the image's archive
HEADER_BYTES = 64 * 1024  # of a name or other attributes that have a header of their own
JSON_BYTES = 1024 * 1024
MANIFEST = "manifest.json"


class BoundedMember(tarfile.TarInfo):
    """Read headers that are as small as those of real files.

    The library reads long names and maps of sparse files as large as their headers claim.
    """

    def _proc_member(self, archive: tarfile.TarFile) -> Any:
        extends = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
        if self.type in (*extends, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK):
            if self.size > HEADER_BYTES:
                raise tarfile.ReadError("a header is too large")
        elif self.type == tarfile.GNUTYPE_SPARSE:
            self._refuse_sparse()
        return super()._proc_member(archive)  # type: ignore[misc]  # no public place to bound it

    def _refuse_sparse(self, *_arguments: object) -> None:
        raise tarfile.ReadError("sparse files are not read")

    _proc_gnusparse_00 = _proc_gnusparse_01 = _proc_gnusparse_10 = _refuse_sparse


class BodyFile(io.RawIOBase):
    """Read an answer as a file, up to SAVED_BYTES. Raises EngineError beyond."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read, self._rest, self._taken = read, b"", 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, missing = [self._rest[:size]], size - len(self._rest)
        self._rest = self._rest[size:]
        while missing > 0 and (piece := self._read()):
            self._taken += len(piece)
            if self._taken > SAVED_BYTES:
                raise EngineError("the image is too large to be looked into")
            parts.append(piece[:missing])
            self._rest, missing = piece[missing:], missing - len(piece)
        return b"".join(parts)


def read_saved(
    machine: ObservedMachine, detail: ImageDetail, store: ListingStore
) -> list[Listing | None]:
    """Return what is in each of an image's layers; None for what could not be read."""
    keys = [f"{machine.machine_id} {chain}" for chain in detail.chains]
    remembered = [store.recall(key) for key in keys]
    if all(remembered):
        return remembered
    path = f"/images/{quote(detail.image_id, safe='')}/get"
    try:
        with machine.docker_body(path, seconds=SECONDS) as read:
            listings = parse_saved(BodyFile(read))
    except EngineError:
        return [None for _ in keys]
    if len(listings) != len(keys):
        return [None for _ in keys]
    for key, listing in zip(keys, listings, strict=True):
        if listing is not None:
            store.remember(key, listing)
    return listings


def parse_saved(file: BodyFile) -> list[Listing | None]:
    """Parse an image's archive, as far as it can be read."""
    listings: dict[str, Listing] = {}
    documents: dict[str, Any] = {}
    links: dict[str, str] = {}
    try:
        archive = tarfile.open(fileobj=file, mode="r|", tarinfo=BoundedMember)  # noqa: SIM115  closing would read on
        for _ in range(MEMBERS_MAX):
            member = archive.next()
            if member is None:
                break
            name = posixpath.normpath(member.name)
            if member.issym() or member.islnk():  # a layer that the archive has already
                folder = posixpath.dirname(name) if member.issym() else ""
                links[name] = posixpath.normpath(posixpath.join(folder, member.linkname))
            elif member.isreg():
                read_member(archive, member, name, listings, documents)
    except (tarfile.TarError, EngineError, RecursionError, EOFError, OSError, ValueError):
        pass  # what has been read is there; the rest is missing
    names = layer_names(documents)
    return [listings.get(links.get(name, name)) for name in names]


def read_member(
    archive: tarfile.TarFile,
    member: tarfile.TarInfo,
    name: str,
    listings: dict[str, Listing],
    documents: dict[str, Any],
) -> None:
    """Read a file of the archive: a document of JSON, or else a layer."""
    content = archive.extractfile(member)
    if content is None:
        return
    start = content.read(1)
    if start in (b"{", b"["):
        if member.size <= JSON_BYTES:
            documents[name] = json.loads(start + content.read())
    elif start and sum(listing.entries for listing in listings.values()) < 4 * FILES_MAX:
        listings[name] = parse_layer(io.BufferedReader(Rejoined(start, content)))


class Rejoined(io.RawIOBase):
    """Put back what was read of a file's start."""

    def __init__(self, start: bytes, rest: Any) -> None:
        self._start, self._rest = start, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._start or self._rest.read(len(buffer))
        self._start = b""
        buffer[: len(data)] = data
        return len(data)


def parse_layer(file: Any) -> Listing:
    """Parse a layer's archive, packed with gzip or not, as far as it can be read."""
    listing = Listing()
    try:
        archive = tarfile.open(fileobj=file, mode="r|*", tarinfo=BoundedMember)  # noqa: SIM115  as above
        while not listing.cut and (member := archive.next()) is not None:
            listing.add(member.name, member_kind(member), member.size)
            archive.members.clear()  # type: ignore[attr-defined]  # they would pile up
    except (tarfile.TarError, RecursionError, EOFError, ValueError):
        listing.cut = True
    return listing


def member_kind(member: tarfile.TarInfo) -> Kind:
    if member.isdir():
        return "folder"
    if member.issym():
        return "link"
    return "other" if member.isdev() else "file"


def layer_names(documents: dict[str, Any]) -> list[str]:
    """Return the files of the image's layers, the lowest first."""
    manifest = items(documents.get(MANIFEST), 1)
    names = items(record(manifest[0]).get("Layers")) if manifest else []
    return [posixpath.normpath(name) for name in names if isinstance(name, str)]
