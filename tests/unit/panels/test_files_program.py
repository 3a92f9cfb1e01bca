"""Read and change files with the program that machines have, here on this host's own."""

import os
import socket
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandboxes.engine.files_protocol import (
    BLOCK_MAX,
    FileRefused,
    Folder,
    MachineFiles,
    pack,
    unpack,
)
from tests.support.engine.files_program import HostFiles, files_program

FILES = MachineFiles(HostFiles(), "")


def at(folder: Path, name: str | bytes = "") -> bytes:
    """Return the path of something in a folder, "" for the folder's own."""
    return b"/".join([os.fsencode(folder), os.fsencode(name)]) if name else os.fsencode(folder)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def listed(folder: Path, **options: int) -> Folder:
    (listing,) = FILES.list_folders([at(folder)], **options)
    assert isinstance(listing, Folder)
    return listing


def reason(operation: Callable[..., object], *arguments: object, **options: object) -> str:
    with pytest.raises(FileRefused) as refused:
        operation(*arguments, **options)
    return refused.value.reason


def test_a_folder_says_what_is_in_it(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "app.py").write_text("print()\n")
    (tmp_path / "app.py").chmod(0o750)
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "lost").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "sock"))
        entries = listed(tmp_path).entries
    assert [(entry.name, entry.kind, entry.leads_to) for entry in entries] == [
        (b"folder", "folder", ""),
        (b"app.py", "file", ""),
        (b"link", "link", "folder"),
        (b"lost", "link", ""),
        (b"pipe", "pipe", ""),
        (b"sock", "socket", ""),
    ]
    assert (entries[1].size, entries[1].mode) == (8, 0o750)
    assert abs(entries[1].changed_at - (tmp_path / "app.py").stat().st_mtime) <= 1


HOSTILE = [b"two\nlines", b"\xff\xfe", b"-rf", b"a b", "größe".encode(), b"\x1b[2J", b"x" * 255]


def test_names_may_be_any_bytes(tmp_path):
    for name in HOSTILE:
        path = at(tmp_path, name)
        version, size = FILES.write(path, name, expects="new")
        assert FILES.read_piece(path).content == name
        assert (FILES.read_piece(path).version, size) == (version, len(name))
        FILES.rename(path, path[:-1] + b"~")
        FILES.rename(path[:-1] + b"~", path)
    assert {entry.name for entry in listed(tmp_path).entries} == set(HOSTILE)
    for name in HOSTILE:
        FILES.remove(at(tmp_path, name))
    assert listed(tmp_path).total == 0


def test_a_large_folder_is_counted_and_comes_in_parts(tmp_path):
    for number in range(1200):
        (tmp_path / f"f{number:04}").touch()
    (tmp_path / "zoo").mkdir()
    first, last = listed(tmp_path), listed(tmp_path, offset=1000)
    assert (first.total, len(first.entries), len(last.entries)) == (1201, 500, 201)
    assert [first.entries[0].name, first.entries[1].name] == [b"zoo", b"f0000"]
    assert last.entries[-1].name == b"f1199"
    assert listed(tmp_path, offset=5000).entries == ()


def test_folders_that_fit_no_reply_are_left_for_later(tmp_path):
    for folder in ("a", "b", "c"):
        (tmp_path / folder).mkdir()
        for number in range(400):
            (tmp_path / folder / f"{number:0200}").touch()
    paths = [at(tmp_path, folder) for folder in ("a", "b", "c", "missing")]
    a, b, c, missing = FILES.list_folders(paths)
    assert isinstance(a, Folder)
    assert [c.reason, missing.reason] == ["later", "missing"]
    assert isinstance(FILES.list_folders(paths[2:3])[0], Folder), b


def test_what_can_not_be_listed_says_why(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    names = ("missing", "file", "loop", "n" * 256)
    listing = FILES.list_folders([at(tmp_path, name) for name in names])
    assert [folder.reason for folder in listing] == ["missing", "not-folder", "loop", "too-long"]


def test_only_regular_files_are_read_and_nothing_waits(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "lost").symlink_to("nowhere")
    names = ("pipe", "zero", "lost", "missing")
    reasons = [reason(FILES.read_piece, at(tmp_path, name)) for name in names]
    assert reasons == ["special", "special", "missing", "missing"]
    assert reason(FILES.read_piece, at(tmp_path)) == "is-folder"
    assert reason(FILES.write, at(tmp_path, "pipe"), b"x") == "special"
    assert reason(FILES.write, at(tmp_path, "lost"), b"x") == "dangling"
    assert reason(FILES.write, at(tmp_path), b"x") == "is-folder"


def test_a_file_of_proc_is_read_though_it_claims_to_be_empty():
    piece = FILES.read_piece(b"/proc/self/status")
    assert piece.size == 0
    assert piece.content.startswith(b"Name:")


def test_a_large_file_is_read_in_pieces(tmp_path):
    content = os.urandom(BLOCK_MAX + 1000)
    (tmp_path / "large").write_bytes(content)
    path = at(tmp_path, "large")
    first, second = FILES.read_piece(path), FILES.read_piece(path, offset=BLOCK_MAX)
    assert first.content + second.content == content
    assert (first.size, first.version) == (len(content), second.version)
    assert FILES.read_piece(path, offset=10**12).content == b""


def test_writing_keeps_mode_and_what_a_link_is(tmp_path):
    (tmp_path / "run.sh").write_text("old")
    (tmp_path / "run.sh").chmod(0o4751)
    (tmp_path / "link").symlink_to("run.sh")
    FILES.write(at(tmp_path, "link"), b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "run.sh").read_text() == "new"
    assert (tmp_path / "run.sh").stat().st_mode & 0o7777 == 0o4751
    assert names_in(tmp_path) == ["link", "run.sh"]


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    before = (tmp_path / "file").write_text("old") and (tmp_path / "file").stat().st_ino
    with (tmp_path / "file").open() as reader:
        FILES.write(at(tmp_path, "file"), b"new")
        assert reader.read() == "old"
    assert (tmp_path / "file").stat().st_ino != before


def test_what_was_saved_meanwhile_is_not_lost(tmp_path):
    path, file = at(tmp_path, "file"), tmp_path / "file"
    version, _ = FILES.write(path, b"mine", expects="new")
    file.write_text("theirs")
    with pytest.raises(FileRefused) as refused:
        FILES.write(path, b"mine again", expects=version)
    assert refused.value.reason == "conflict"
    assert refused.value.fields == (FILES.read_piece(path).version,)
    assert file.read_text() == "theirs"
    assert reason(FILES.write, path, b"mine", expects="new") == "conflict"
    FILES.write(path, b"mine again", expects=refused.value.fields[0])
    assert file.read_text() == "mine again"
    file.unlink()
    with pytest.raises(FileRefused) as refused:
        FILES.write(path, b"mine", expects=version)
    assert (refused.value.reason, refused.value.fields) == ("conflict", ("",))
    assert listed(tmp_path).total == 0


def test_folders_above_are_made_only_when_asked(tmp_path):
    path = at(tmp_path, "a/b/file")
    assert reason(FILES.write, path, b"x") == "no-folder"
    FILES.write(path, b"x", parents=True)
    assert (tmp_path / "a/b/file").read_text() == "x"
    (tmp_path / "file").touch()
    assert reason(FILES.write, at(tmp_path, "file/b/c"), b"x", parents=True) == "not-folder"


def test_pieces_become_a_file_when_all_have_come(tmp_path):
    path, key = at(tmp_path, "large"), "0123456789abcdef"
    FILES.stage(path, key, 0, b"one ")
    FILES.stage(path, key, 4, b"two")
    FILES.stage(path, key, 4, b"two")  # once more, after a lost answer
    assert listed(tmp_path).total == 0
    assert reason(FILES.stage, path, key, 9, b"far") == "bad-request"
    assert FILES.write(path, key, expects="new")[1] == 7
    assert (tmp_path / "large").read_text() == "one two"
    assert (tmp_path / "large").stat().st_mode & 0o777 == 0o644
    assert reason(FILES.write, path, key) == "missing"


def test_pieces_wait_while_somebody_decides_and_can_be_discarded(tmp_path):
    path, key = at(tmp_path, "file"), "aaaaaaaa"
    (tmp_path / "file").write_text("theirs")
    FILES.stage(path, key, 0, b"mine")
    assert reason(FILES.write, path, key, expects="new") == "conflict"
    FILES.write(path, key, expects=FILES.read_piece(path).version)
    assert (tmp_path / "file").read_text() == "mine"
    FILES.stage(path, key, 0, b"more")
    FILES.discard(path, key)
    FILES.discard(path, key)
    assert names_in(tmp_path) == ["file"]
    assert reason(FILES.stage, path, "../../etc/x", 0, b"x") == "bad-request"


def test_pieces_that_nobody_went_on_with_are_swept_away(tmp_path):
    FILES.stage(at(tmp_path, "file"), "aaaaaaaa", 0, b"left")
    (part,) = tmp_path.iterdir()
    os.utime(part, (1, 1))
    FILES.stage(at(tmp_path, "file"), "bbbbbbbb", 0, b"new")
    assert names_in(tmp_path) == [".drydock-bbbbbbbb.part"]


def test_a_part_is_never_written_through_a_link(tmp_path):
    (tmp_path / "secret").write_text("secret")
    (tmp_path / ".drydock-aaaaaaaa.part").symlink_to("secret")
    assert reason(FILES.stage, at(tmp_path, "file"), "aaaaaaaa", 0, b"x") == "loop"
    assert reason(FILES.write, at(tmp_path, "file"), "aaaaaaaa") == "loop"
    assert (tmp_path / "secret").read_text() == "secret"


def test_nothing_is_replaced_by_a_new_name(tmp_path):
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    (tmp_path / "folder").mkdir()
    paths = [at(tmp_path, name) for name in ("a", "b", "folder", "folder/in", "missing")]
    a, b, folder, inside, missing = paths
    assert reason(FILES.rename, a, b) == "exists"
    assert reason(FILES.rename, missing, b + b"2") == "missing"
    assert reason(FILES.rename, folder, inside) == "into-itself"
    FILES.rename(a, inside)
    assert (tmp_path / "folder/in").read_text() == "a"
    assert reason(FILES.make_folder, folder) == "exists"
    assert reason(FILES.make_folder, at(tmp_path, "x/y")) == "no-folder"
    FILES.make_folder(at(tmp_path, "x"))
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o755


def test_a_full_folder_is_removed_only_when_that_is_said(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    folder = tmp_path / "folder"
    (folder / "deep/deeper").mkdir(parents=True)
    (folder / "deep/file").touch()
    (folder / "link").symlink_to("../outside")
    with pytest.raises(FileRefused) as refused:
        FILES.remove(at(folder))
    assert (refused.value.reason, refused.value.fields) == ("not-empty", ("", "4", ""))
    FILES.remove(at(folder), whole=True)
    assert not folder.exists()
    assert (outside / "precious").exists()
    (tmp_path / "link").symlink_to("outside")
    FILES.remove(at(tmp_path, "link"))
    assert outside.is_dir()
    assert reason(FILES.remove, at(tmp_path, "missing")) == "missing"
    assert reason(FILES.remove, b"/", whole=True) == "busy"


@pytest.mark.parametrize(
    "request_bytes",
    [
        pack([]),
        pack([b"list"]),
        pack([b"shout", b"/"]),
        pack([b"list", b"-1", b"10", b"/"]),
        pack([b"list", b"0", b"501", b"/"]),
        pack([b"read", b"/etc/passwd", b"0", b"99999999"]),
        pack([b"read"] * 40),
        pack([b"write", b"relative", b"any", b"0", b"-"]),
        struct.pack(">I", BLOCK_MAX + 1),
    ],
)
def test_a_request_that_is_none_is_refused(request_bytes):
    fields, _ = unpack(HostFiles().ask_files("", request_bytes, 10))
    assert fields[0] in (b"bad-request", b"bad-name", b"too-large")


def test_a_request_that_ends_too_early_changes_nothing(tmp_path):
    whole = pack([b"write", at(tmp_path, "file"), b"any", b"0", b"-"], b"content")
    for size in range(0, len(whole), 7):
        done = subprocess.run([files_program()], input=whole[:size], check=False)
        assert done.returncode == 2
    assert names_in(tmp_path) == []
