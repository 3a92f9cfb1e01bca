"""What `docker save` sends, of old engines and new ones; and what no engine would send."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from typing import Any

import pytest

from panels.layers import saved as module
from panels.layers.files import read_files
from panels.layers.history import STORE
from panels.layers.images import ImageReader
from panels.layers.listing import Listing
from panels.layers.saved import BodyFile, parse_saved
from sandboxes.errors import EngineError
from tests.support.layers.image_machine import ImageMachine, Member, digest, image_machine, pack

BASE: list[Member] = [("etc", None), ("etc/passwd", b"root"), ("big", b"x" * 5_000)]
TOP: list[Member] = [("etc/passwd", b"changed"), (".wh.big", b"")]
LAYERS = (pack(BASE), pack(TOP))


def oci_layout(layers: tuple[bytes, ...] = LAYERS) -> list[Member]:
    """As engines since 25 write it: in the order of names."""
    blobs = {f"blobs/sha256/{digest(layer)[7:]}": layer for layer in layers}
    config = b'{"history": []}'
    files = {**blobs, f"blobs/sha256/{digest(config)[7:]}": config}
    names = [f"blobs/sha256/{digest(layer)[7:]}" for layer in layers]
    manifest = json.dumps([{"Config": "c", "Layers": names}]).encode()
    ends = [("index.json", b"{}"), ("manifest.json", manifest), ("oci-layout", b"{}")]
    return [("blobs", None), ("blobs/sha256", None), *sorted(files.items()), *ends]


def old_layout() -> list[Member]:
    names = ["1f/layer.tar", "2e/layer.tar"]
    manifest = json.dumps([{"Config": "c.json", "Layers": names}]).encode()
    layers = [(name, layer) for name, layer in zip(names, LAYERS, strict=True)]
    return [("1f", None), ("1f/VERSION", b"1.0"), *layers, ("manifest.json", manifest)]


def parse(content: bytes) -> list[Listing | None]:
    source = io.BytesIO(content)
    return parse_saved(BodyFile(lambda: source.read(1_000)))


@pytest.mark.parametrize("layout", [oci_layout, old_layout])
def test_both_layouts(layout: Callable[[], list[Member]]) -> None:
    base, top = parse(pack(layout()))
    assert base is not None
    assert top is not None
    assert base.files == {"etc": ("folder", 0), "etc/passwd": ("file", 4), "big": ("file", 5_000)}
    assert (top.files, top.removed) == ({"etc/passwd": ("file", 7)}, {"big"})
    assert not base.cut
    assert not top.cut


def test_a_layer_that_is_packed_again() -> None:
    (base,) = parse(pack(oci_layout((gzip.compress(LAYERS[0]),))))
    assert base is not None
    assert set(base.files) == {"etc", "etc/passwd", "big"}


def test_a_layer_that_is_a_link_to_another() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        layer = tarfile.TarInfo("1f/layer.tar")
        layer.size = len(LAYERS[0])
        archive.addfile(layer, io.BytesIO(LAYERS[0]))
        link = tarfile.TarInfo("2e/layer.tar")
        link.type, link.linkname = tarfile.SYMTYPE, "../1f/layer.tar"
        archive.addfile(link)
        text = json.dumps([{"Layers": ["1f/layer.tar", "2e/layer.tar"]}]).encode()
        manifest = tarfile.TarInfo("manifest.json")
        manifest.size = len(text)
        archive.addfile(manifest, io.BytesIO(text))
    first, second = parse(buffer.getvalue())
    assert first is second


def without_descriptions(machine: ImageMachine) -> None:
    """As an engine whose layers lie elsewhere."""
    for path in [path for path in machine.stored.contents if path.startswith(f"{STORE}/layerdb")]:
        del machine.stored.contents[path]


def test_an_engine_that_keeps_layers_elsewhere_is_asked_once() -> None:
    machine = image_machine("elsewhere")
    image = machine.add_image("app:1", [("ADD x", BASE), ("RUN y", TOP)])
    without_descriptions(machine)
    path = f"/images/{image.replace(':', '%3A')}/get"
    machine.answers[path] = pack(oci_layout())
    detail = ImageReader().read_detail(machine, image)
    assert read_files(machine, detail, 1, "")["total"]["removed"] == 1
    del machine.answers[path]
    assert read_files(machine, detail, 0, "")["total"]["added"] == 2


def hostile_header(kind: bytes, size: int) -> bytes:
    member = tarfile.TarInfo("x")
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense" * 1_000,
        pack([("manifest.json", b"[]")]),
        pack([("manifest.json", b"{"), *oci_layout()]),
        pack([("manifest.json", b"[" * 100_000)]),
        pack([("manifest.json", b'[{"Layers": [1, null, {}]}]')]),
        pack(oci_layout())[:3_000],
        hostile_header(tarfile.GNUTYPE_LONGNAME, 2**33) + b"n" * 5_000,
        hostile_header(tarfile.XHDTYPE, 2**33) + b"n" * 5_000,
        hostile_header(tarfile.GNUTYPE_SPARSE, 10) + b"n" * 5_000,
        hostile_header(tarfile.GNUTYPE_LONGNAME, 10) * 3_000,
    ],
)
def test_an_archive_that_is_none_has_no_layers(content: bytes) -> None:
    assert parse(content) == []


@pytest.mark.parametrize(
    "layer",
    [
        b"zstd or whatever" * 100,
        pack([("a", b"1")]),
        LAYERS[0][:3_000],
        hostile_header(tarfile.GNUTYPE_LONGNAME, 2**33),
        hostile_header(tarfile.GNUTYPE_LONGNAME, 10) * 3_000,
        pack([("../../etc/shadow", b"1"), ("/abs/<b>\x1b[2J", b"")]),
    ],
)
def test_a_hostile_layer_is_listed_as_far_as_it_goes(layer: bytes) -> None:
    (listing, *_) = parse(pack(oci_layout((layer, LAYERS[1]))))
    assert listing is not None
    assert not any(".." in path or "\x1b" in path for path in listing.files)
    assert listing.cut or listing.skipped or listing.files == {"a": ("file", 1)}


def test_an_archive_without_end_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAVED_BYTES", 100_000)
    layer = tarfile.TarInfo("blobs/sha256/x")
    layer.size = 2**40
    taken = 0

    def read() -> bytes:
        nonlocal taken
        taken += 1_000
        return layer.tobuf() if taken == 1_000 else b"x" * 1_000

    assert parse_saved(BodyFile(read)) == []
    assert taken < 120_000


def test_an_engine_that_stops_in_the_middle_is_not_waited_for() -> None:
    pieces: list[Any] = [pack(oci_layout())[:2_000]]

    def read() -> bytes:
        if pieces:
            return bytes(pieces.pop())
        raise EngineError("not in time")

    assert parse_saved(BodyFile(read)) == []


def test_members_without_end_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMBERS_MAX", 10)
    many: list[Member] = [(f"f{n}", b"x") for n in range(50)]
    assert parse(pack([*many, ("manifest.json", b'[{"Layers": ["f1"]}]')])) == []
