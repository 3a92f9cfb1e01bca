"""Packing files for engines."""

import io
import tarfile

from core.archives import pack_tar


def test_contents_and_modes_are_packed_below_the_root() -> None:
    packed = pack_tar({"/etc/motd": (b"hello", 0o600), "run": (b"", 0o755)}, mtime=7)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        members = [(member.name, member.mode, member.uid, member.mtime) for member in archive]
        assert members == [("etc/motd", 0o600, 0, 7), ("run", 0o755, 0, 7)]
        content = archive.extractfile("etc/motd")
        assert content is not None
        assert content.read() == b"hello"


def test_same_files_give_the_same_bytes() -> None:
    assert pack_tar({"a": (b"1", 0o644)}) == pack_tar({"a": (b"1", 0o644)})
