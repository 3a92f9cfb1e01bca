"""Read and write a machine's files through the engine's archive calls.

Nothing runs inside, nothing inside is trusted: what comes is a tar stream that a student shaped. It
is never unpacked on this host, only read up to a bound.
"""

import io
import stat
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, NotFound

from sandboxes.engine.docker.client import engine_errors
from sandboxes.engine.docker.context import EngineContext
from sandboxes.engine.facts import FileFact, FileKind, HomeArchive
from sandboxes.engine.machine_paths import HOME
from sandboxes.errors import EngineError

# How much of a home's stream is read in all. Files beyond the cap are skipped over, and a sparse
# one is sent in full.
STREAM_MAX = 2 * 1024**3
STREAM_SECONDS = 40
LEFT_OUT_MAX = 20
TAR_BLOCK = 512
# What the engine says of a path that leads nowhere, besides that there is no such file; seen with
# docker.io 20.10.
NOWHERE = ("not a directory", "too many links", "file name too long")


def read_file(
    api: docker.APIClient, container_id: str, path: str, max_bytes: int, *, remap: int
) -> FileFact:
    """Read a file. See MachineInspector.read_file.

    Raises NotFound (the SDK's) when the container is missing.
    """
    try:
        with (
            archive_stream(api, container_id, path) as stream,
            tarfile.open(fileobj=stream, mode="r|") as archive,
        ):
            member = archive.next()
            if member is None:
                return FileFact(path, "other")
            return file_fact(path, archive, with_inner_owner(member, remap), max_bytes)
    except NotFound as error:
        if "no such container" in str(error.explanation).lower():
            raise
        return FileFact(path, "missing")
    except APIError as error:
        if not any(mark in str(error.explanation).lower() for mark in NOWHERE):
            raise
        return FileFact(path, "missing")
    except tarfile.TarError as error:
        raise EngineError(f"{path} could not be read: {error}") from error


def file_fact(
    path: str, archive: tarfile.TarFile, member: tarfile.TarInfo, max_bytes: int
) -> FileFact:
    """Describe the member that the engine sent for `path`."""
    kind = file_kind(member)
    content = None
    if kind == "regular":
        source = archive.extractfile(member)
        content = source.read(min(max_bytes, member.size)) if source else b""
    elif kind == "symlink":
        content = member.linkname.encode(errors="surrogateescape")[:max_bytes]
    return FileFact(
        path=path,
        kind=kind,
        size=member.size,
        mode=stat.S_IMODE(member.mode),
        uid=member.uid,
        content=content,
        truncated=kind == "regular" and member.size > max_bytes,
    )


def file_kind(member: tarfile.TarInfo) -> FileKind:
    """Classify a member of an archive."""
    if member.isreg():
        return "regular"
    if member.isdir():
        return "directory"
    return "symlink" if member.issym() else "other"


def with_inner_owner(member: tarfile.TarInfo, remap: int) -> tarfile.TarInfo:
    """Give a member the owner that the machine sees.

    Engines before 23 send the host's numbers, which start at `remap`.
    """
    if member.uid >= remap:
        member.uid -= remap
    if member.gid >= remap:
        member.gid -= remap
    return member


class DockerHomes:
    """Implement HomeStore on a Docker engine."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context

    def export_home(self, container_id: str, destination: Path, max_bytes: int) -> HomeArchive:
        copier = HomeCopier(max_bytes, self._context.first_info.remap_uid)
        with engine_errors():
            destination.parent.mkdir(parents=True, exist_ok=True)
            with archive_stream(self._context.api, container_id, f"{HOME}/.") as stream:
                source = tarfile.open(fileobj=stream, mode="r|")  # noqa: SIM115  closing would read a cut stream to its end
                with tarfile.open(destination, mode="w:gz", compresslevel=1) as target:
                    copier.copy_all(source, target, stream)
        return HomeArchive(destination, copier.used, tuple(copier.left_out[:LEFT_OUT_MAX]))

    def import_home(self, container_id: str, archive: Path) -> None:
        """Put a home back: the engine unpacks inside the machine's root and as its users."""
        with engine_errors(), archive.open("rb") as data:
            if not self._context.api.put_archive(container_id, HOME, data):
                raise EngineError("the home folder could not be put back")


class HomeCopier:
    """Copy the members of a home that may be saved, up to a cap on bytes.

    An entry counts as a block even when it is empty, so that a million empty files are bounded too.
    """

    def __init__(self, max_bytes: int, remap: int) -> None:
        self.max_bytes = max_bytes
        self.remap = remap
        self.used = 0
        self.left_out: list[str] = []
        self._copied: set[str] = set()

    def copy_all(
        self, source: tarfile.TarFile, target: tarfile.TarFile, stream: "ResponseReader"
    ) -> None:
        """Copy until the source ends, or too much of it or too long a time has gone by."""
        deadline = time.monotonic() + STREAM_SECONDS
        while (member := source.next()) is not None:
            if stream.taken > STREAM_MAX or time.monotonic() > deadline:
                self.left_out.append("everything after " + member.name)
                return
            if self.is_allowed(member):
                self.copy(source, member, target)

    def is_allowed(self, member: tarfile.TarInfo) -> bool:
        """Whether a member is a file, a folder or a link, and no link to what was left out."""
        if member.islnk():
            return member.linkname in self._copied
        return member.isreg() or member.isdir() or member.issym()

    def copy(
        self, source: tarfile.TarFile, member: tarfile.TarInfo, target: tarfile.TarFile
    ) -> None:
        """Copy a member, or note that there is no room for it."""
        cost = member.size + TAR_BLOCK
        if self.used + cost > self.max_bytes:
            self.left_out.append(f"{member.name.removeprefix('./')} ({member.size} bytes)")
            return
        content = source.extractfile(member) if member.isreg() else None
        target.addfile(with_inner_owner(member, self.remap), content)
        self.used += cost
        self._copied.add(member.name)


class ResponseReader(io.RawIOBase):
    """Read a response's body as a file, and count what was taken from it."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.taken = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._raw.read(None if size < 0 else size)
        self.taken += len(data)
        return data


@contextmanager
def archive_stream(api: docker.APIClient, container_id: str, path: str) -> Iterator[Any]:
    """Open the engine's tar stream of a path.

    Leaving drops the connection, and with it whatever is still to come. Built on the SDK's own
    request helpers because its get_archive offers no way to drop a stream.
    """
    sdk: Any = api
    url = sdk._url("/containers/{0}/archive", container_id)
    # Plain bytes: the engine would compress them if asked nicely, and requests does.
    headers = {"Accept-Encoding": "identity"}
    response = sdk._get(url, params={"path": path}, stream=True, headers=headers)
    with closing(response):
        sdk._raise_for_status(response)
        yield ResponseReader(response.raw)
