"""Read and change a machine's files: the fake and the program in a real machine behave alike."""

from collections.abc import Callable

import pytest

from sandboxes.engine.files_protocol import FileRefused, Folder, MachineFiles
from sandboxes.errors import MachineMissing
from tests.support.engine.engine_contract import MISSING, Subject


@pytest.fixture
def files(subject: Subject) -> MachineFiles:
    _, handle = subject.running()
    return MachineFiles(subject.engine, handle.container_id)


def refusal(operation: Callable[..., object], *arguments: object, **options: object) -> FileRefused:
    with pytest.raises(FileRefused) as refused:
        operation(*arguments, **options)
    return refused.value


def names(files: MachineFiles, path: bytes) -> list[tuple[bytes, str]]:
    (folder,) = files.list_folders([path])
    assert isinstance(folder, Folder)
    return [(entry.name, entry.kind) for entry in folder.entries]


def test_files_are_written_listed_read_and_removed(files):
    files.make_folder(b"/root/site")
    version, size = files.write(b"/root/site/Dockerfile", b"FROM alpine\n", expects="new")
    assert size == 12
    files.write(b"/root/site/src/app.py", b"pass\n", parents=True)
    assert names(files, b"/root/site") == [(b"src", "folder"), (b"Dockerfile", "file")]
    piece = files.read_piece(b"/root/site/Dockerfile", offset=5, size=3)
    assert (piece.version, piece.size, piece.content) == (version, 12, b"alp")
    files.rename(b"/root/site/src", b"/root/site/code")
    assert files.read_piece(b"/root/site/code/app.py").content == b"pass\n"
    assert refusal(files.remove, b"/root/site").fields == ("", "3", "")
    files.remove(b"/root/site", whole=True)
    assert refusal(files.remove, b"/root/site").reason == "missing"


def test_only_the_expected_version_is_replaced(files):
    version, _ = files.write(b"/root/file", b"one", expects="new")
    second, _ = files.write(b"/root/file", b"second", expects=version)
    refused = refusal(files.write, b"/root/file", b"third", expects=version)
    assert (refused.reason, refused.fields) == ("conflict", (second,))
    assert refusal(files.write, b"/root/file", b"x", expects="new").reason == "conflict"
    assert refusal(files.write, b"/root/gone", b"x", expects=version).fields == ("",)


def test_pieces_are_gathered_into_a_file(files):
    files.stage(b"/root/large", "0123abcd", 0, b"one ")
    files.stage(b"/root/large", "0123abcd", 4, b"two")
    assert files.write(b"/root/large", "0123abcd", expects="new")[1] == 7
    assert files.read_piece(b"/root/large").content == b"one two"
    files.discard(b"/root/large", "0123abcd")


def test_what_can_not_be_done_has_a_reason(files):
    files.write(b"/root/file", b"x")
    files.make_folder(b"/root/folder")
    missing, file = files.list_folders([b"/root/missing", b"/root/file"])
    reasons = [
        missing.reason,
        file.reason,
        refusal(files.read_piece, b"/root/missing").reason,
        refusal(files.read_piece, b"/root/folder").reason,
        refusal(files.write, b"/root/folder", b"x").reason,
        refusal(files.write, b"/root/no/file", b"x").reason,
        refusal(files.make_folder, b"/root/file").reason,
        refusal(files.rename, b"/root/file", b"/root/folder").reason,
        refusal(files.rename, b"/root/missing", b"/root/new").reason,
        refusal(files.remove, b"/root/missing").reason,
    ]
    assert reasons == [
        "missing", "not-folder", "missing", "is-folder", "is-folder", "no-folder", "exists",
        "exists", "missing", "missing",
    ]  # fmt: skip


def test_a_machine_that_is_not_there_is_missing(subject):
    with pytest.raises(MachineMissing):
        MachineFiles(subject.engine, MISSING).read_piece(b"/root/file")
