"""Pack files into the tar archives that engines take."""

import io
import tarfile
from collections.abc import Mapping


def pack_tar(files: Mapping[str, tuple[bytes, int]], *, mtime: int = 0) -> bytes:
    """Pack contents and modes, by path, into an uncompressed tar archive.

    All belong to root. Paths lose their leading slash; folders that the unpacker has already are
    left as they are. The same files give the same bytes.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, (content, mode) in files.items():
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size, member.mode, member.mtime = len(content), mode, mtime
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
