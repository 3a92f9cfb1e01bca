"""The files of a layer, read from what the engine keeps of its archive; hostile ones, too."""

import base64
import gzip
import json
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

from panels.layers import listing as module
from panels.layers.history import STORE, chain_ids
from panels.layers.listing import ListingStore, parse_description
from tests.support.layers.image_machine import describe_archive, digest, image_machine, pack


def lines(entries: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> bytes:
    return gzip.compress("".join(json.dumps(entry) + "\n" for entry in entries).encode())


def file(name: str, **more: Any) -> dict[str, Any]:
    return {"type": 1, "name": name, "position": 0, **more}


def test_files_folders_links_and_what_is_gone() -> None:
    link = tarfile.TarInfo("etc/alias")
    link.type, link.linkname = tarfile.SYMTYPE, "passwd"
    header = base64.b64encode(link.tobuf(tarfile.PAX_FORMAT)).decode()
    members: list[Any] = [
        ("./", None),
        ("etc/", None),
        ("etc/passwd", b"root"),
        ("var/.wh.log", b""),
        ("srv/.wh..wh..opq", b""),
        (".wh..wh.plnk", None),
    ]
    text = gzip.decompress(describe_archive(members)).decode()
    more = [{"type": 2, "payload": header}, file("etc/alias")]
    whole = gzip.compress((text + "".join(json.dumps(each) + "\n" for each in more)).encode())
    listing = parse_description(whole)
    assert listing.files == {
        "etc": ("folder", 0),
        "etc/passwd": ("file", 4),
        "etc/alias": ("link", 0),
    }
    assert (listing.removed, listing.cleared) == ({"var/log"}, {"srv"})
    assert (listing.cut, listing.skipped) == (False, 0)


def test_a_long_name_in_a_header_of_its_own() -> None:
    name = "a/" * 40 + "x" * 120
    listing = parse_description(describe_archive([(name, b"12345"), ("short", None)]))
    assert listing.files == {name: ("file", 5), "short": ("folder", 0)}


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        (file("<b>bold</b>"), "<b>bold</b>"),
        (file("/abs/./olute//"), "abs/olute"),
        (file("a\x1b[2Jb"), "a\u241b[2Jb"),
        (file("a\u202eb\nc"), "a\ufffdb\u240ac"),
        (file("half\ud800"), "half\ufffd"),
        (file("", name_raw=base64.b64encode(b"caf\xe9").decode()), "caf\ufffd"),
    ],
)
def test_names_are_text(entry: dict[str, Any], path: str) -> None:
    assert list(parse_description(lines([entry])).files) == [path]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/../b", "x" * 5_000, "d/" * 500 + "f"])
def test_names_that_lead_nowhere_are_counted(name: str) -> None:
    listing = parse_description(lines([file(name), file("good")]))
    assert list(listing.files) == ["good"]
    assert listing.skipped == 1


@pytest.mark.parametrize("size", [-1, "9", None, True, 0.5, [], {}])
def test_sizes_that_are_none_count_for_nothing(size: Any) -> None:
    assert parse_description(lines([file("a", size=size)])).files == {"a": ("file", 0)}


@pytest.mark.parametrize(
    "content",
    [
        b"no gzip",
        gzip.compress(b"no json\n"),
        gzip.compress(b'{"type": 1, "na'),
        gzip.compress(b"[1, 2]\n"),
        gzip.compress(b'{"type": 2, "payload": "a"}\n'),
        gzip.compress(b"[" * 200_000 + b"\n"),
        describe_archive([("a", b"1")] * 50)[:-20],
    ],
    # A name for each: a compressed text has the time in it.
    ids=["no gzip", "no json", "cut off json", "a list", "no name", "deep", "cut off archive"],
)
def test_what_can_not_be_read_is_said(content: bytes) -> None:
    assert parse_description(content).cut


def test_a_bomb_ends_at_its_bound() -> None:
    bomb = gzip.compress(b" " * (40 * module.LINE_BYTES))
    assert len(bomb) < 20_000
    assert parse_description(bomb).cut


def test_files_without_end_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FILES_MAX", 100)
    listing = parse_description(lines([file(f"f{number}") for number in range(5_000)]))
    assert (listing.entries, listing.cut) == (100, True)


def test_the_time_for_reading_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_SECONDS", -1.0)
    assert parse_description(describe_archive([("a", b"1")])).cut


def test_a_listing_is_read_once_for_all_machines_that_have_the_same() -> None:
    store, ada, bob = ListingStore(), image_machine("ada"), image_machine("bob")
    members: list[Any] = [("bin/sh", b"sh")]
    for machine in (ada, bob):
        machine.add_image("base:1", [("RUN x", members)])
    (chain,) = chain_ids([digest(pack(members))])
    first = store.read(ada, chain)
    assert first is not None
    assert store.read(bob, chain) is first
    # What bob writes under the layer's name is his alone.
    path = f"{STORE}/layerdb/{chain.replace(':', '/')}/tar-split.json.gz"
    bob.stored.contents[path] = describe_archive([("forged", b"!")])
    forged = store.read(bob, chain)
    assert forged is not None
    assert list(forged.files) == ["forged"]
    assert store.read(ada, chain) is first


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED_FILES", 10)
    store, machine = ListingStore(), image_machine()
    for number in range(8):
        members: list[Any] = [(f"{number}/{each}", b"") for each in range(4)]
        machine.add_image(f"i:{number}", [("RUN x", members)])
        store.read(machine, digest(pack(members)))
    assert sum(each.entries for each in store._listings.values()) <= 10


@pytest.mark.parametrize("chain", ["", "sha256:../../../etc/passwd", "sha256:" + "0" * 64])
def test_a_layer_that_is_not_there_has_no_listing(chain: str) -> None:
    assert ListingStore().read(image_machine(), chain) is None
