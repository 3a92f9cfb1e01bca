"""Room, deleting and collecting on a folder laid out as docker-registry's."""

import hashlib
import json
import os
import time
from pathlib import Path

import pytest

from runtime.registry import mirror
from runtime.registry.state import Bounds, State
from runtime.registry.storage import LINK_BYTES, Storage

HOUR = 3600


class Disk:
    """Writes what the registry would."""

    def __init__(self, root: Path) -> None:
        self.base = root / "docker/registry/v2"
        self.storage = Storage(root)

    def blob(self, content):
        digest = hashlib.sha256(content).hexdigest()
        self._write(self.base / "blobs/sha256" / digest[:2] / digest / "data", content)
        return f"sha256:{digest}"

    def layer(self, name, content):
        digest = self.blob(content)
        self._write(
            self.base / "repositories" / name / "_layers" / digest.replace(":", "/") / "link",
            digest.encode(),
        )
        return digest

    def manifest(self, name, tag, manifest):
        digest = self.blob(json.dumps(manifest).encode())
        folder = self.base / "repositories" / name / "_manifests"
        self._write(folder / "revisions" / digest.replace(":", "/") / "link", digest.encode())
        if tag:
            self._write(folder / "tags" / tag / "current/link", digest.encode())
        return digest

    def image(self, name, tag, content):
        config, layer = self.layer(name, b"config of " + content[:20]), self.layer(name, content)
        return self.manifest(
            name, tag, {"config": {"digest": config}, "layers": [{"digest": layer}]}
        )

    def upload(self, name, content):
        self._write(self.base / "repositories" / name / "_uploads/1234/data", content)

    def age(self, seconds=2 * HOUR):
        then = time.time() - seconds
        for path in [*self.base.rglob("*")]:
            os.utime(path, (then, then))

    def has(self, digest):
        return self.storage.blob_bytes(digest) > 0

    def _write(self, path, content):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def test_a_layer_counts_once_for_each_repository(disk):
    layer = b"x" * 100_000
    disk.image("ada/app", "1", layer)
    disk.image("ada/app", "2", layer)
    once = disk.storage.used("ada")
    assert 100_000 < once < 100_000 + 8 * LINK_BYTES
    disk.image("ada/other", "1", layer)
    assert disk.storage.used("ada") > once + 100_000
    assert disk.storage.used("bob") == 0
    assert disk.storage.total() < 110_000


def test_an_empty_tag_is_not_free(disk):
    digest = disk.image("ada/app", "1", b"x")
    before = disk.storage.used("ada")
    for number in range(10):
        folder = disk.base / "repositories/ada/app/_manifests/tags" / f"t{number}/current"
        folder.mkdir(parents=True)
        (folder / "link").write_text(digest)
    assert disk.storage.used("ada") == before + 10 * LINK_BYTES


def test_deleting_a_tag_takes_its_image_with_it_unless_another_tag_names_it(disk):
    digest = disk.image("ada/app", "1", b"x" * 1000)
    disk.image("ada/app", "2", b"x" * 1000)
    assert disk.storage.delete("ada/app", "1")
    assert disk.storage.listing("ada")[0].tag == "2"
    assert disk.storage.delete("ada/app", "2")
    assert disk.storage.listing("ada") == []
    assert disk.storage.used("ada") == 0
    disk.age()
    assert disk.storage.collect() > 1000
    assert not disk.has(digest)


def test_deleting_by_digest_takes_every_tag_of_it(disk):
    digest = disk.image("ada/app", "1", b"x" * 1000)
    disk.image("ada/app", "2", b"x" * 1000)
    disk.image("ada/app", "3", b"y" * 1000)
    assert disk.storage.delete("ada/app", digest)
    assert [line.tag for line in disk.storage.listing("ada")] == ["3"]


def test_deleting_what_is_not_there_says_so(disk):
    disk.image("ada/app", "1", b"x")
    assert not disk.storage.delete("ada/app", "2")
    assert not disk.storage.delete("ada/nope", "1")
    assert not disk.storage.delete_repository("ada/nope")


def test_a_shared_layer_stays_as_long_as_one_image_has_it(disk):
    layer = disk.layer("ada/app", b"x" * 1000)
    for tag, seed in (("1", b"1"), ("2", b"2")):
        config = disk.layer("ada/app", seed)
        disk.manifest("ada/app", tag, {"config": {"digest": config}, "layers": [{"digest": layer}]})
    disk.storage.delete("ada/app", "1")
    disk.age()
    disk.storage.collect()
    assert disk.has(layer)
    assert layer in disk.storage.repository("ada/app").layers


def test_another_students_copy_of_a_blob_outlives_ones_own(disk):
    digest = disk.image("ada/app", "1", b"x" * 1000)
    assert disk.image("bob/app", "1", b"x" * 1000) == digest
    disk.storage.forget("ada")
    disk.age()
    assert disk.storage.collect() == 0
    assert disk.has(digest)


def test_collecting_leaves_a_push_under_way_alone_and_takes_one_that_broke_off(disk):
    layer = disk.layer("ada/app", b"x" * 1000)
    disk.upload("ada/app", b"y" * 500)
    disk.age(600)
    disk.storage.collect()
    assert disk.has(layer)
    assert disk.storage.held("ada") == 1500
    disk.age()
    disk.storage.collect()
    assert disk.storage.held("ada") == disk.storage.total() == 0


def test_what_a_tag_was_taken_from_goes_after_a_while(disk):
    old = disk.image("ada/app", "1", b"x" * 1000)
    new = disk.image("ada/app", "1", b"y" * 1000)
    disk.storage.collect()
    assert disk.has(old)
    disk.age()
    disk.storage.collect()
    assert not disk.has(old)
    assert disk.has(new)


def test_the_parts_of_a_list_of_images_are_kept_with_it(disk):
    part = disk.image("ada/app", "", b"x" * 1000)
    whole = disk.manifest("ada/app", "1", {"manifests": [{"digest": part}]})
    disk.age()
    disk.storage.collect()
    assert disk.has(part)
    assert [(line.tag, line.digest) for line in disk.storage.listing("ada")] == [("1", whole)]
    assert disk.storage.listing("ada")[0].bytes > 1000


def test_nothing_of_a_student_who_left_stays(disk):
    digest = disk.image("ada/app", "1", b"x" * 1000)
    disk.storage.forget("ada")
    assert disk.storage.owners() == []
    disk.age()
    disk.storage.collect()
    assert not disk.has(digest)


def test_forgetting_nobody_forgets_nobody(disk):
    disk.image("ada/app", "1", b"x")
    disk.storage.forget("")
    assert disk.storage.owners() == ["ada"]


# --- Room -----------------------------------------------------------------------------------------


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    monkeypatch.setattr("runtime.registry.state.KNOWN_SECONDS", 0)
    monkeypatch.setattr("runtime.registry.state.FREE_BYTES", 0)
    return State(tmp_path, Bounds(owner_bytes=1_000_000, total_bytes=5_000_000))


def test_an_image_that_does_not_fit_is_refused_and_its_layers_let_go(disk, state):
    disk.image("ada/app", "1", b"x" * 600_000)
    coming = disk.layer("ada/app", b"y" * 600_000)
    why = state.refuse_image("ada/app", {coming})
    assert "1 MB" in why
    assert "registry rm" in why
    assert coming not in state.storage.repository("ada/app").layers
    assert state.refuse_image("ada/app", {disk.layer("ada/app", b"z" * 100_000)}) == ""


def test_an_untagged_image_makes_room_by_itself(disk, state):
    disk.image("ada/app", "1", b"x" * 600_000)
    disk.image("ada/app", "1", b"y" * 300_000)
    assert state.refuse_image("ada/app", {disk.layer("ada/app", b"z" * 600_000)}) == ""
    assert [line.tag for line in state.storage.listing("ada")] == ["1"]


def test_a_full_space_takes_no_more_layers(disk, state):
    disk.image("ada/app", "1", b"x" * 1_000_000)
    assert "registry rm" in state.full("ada")
    assert state.full("bob") == ""


def test_uploads_without_end_are_stopped(disk, state):
    for number in range(3):
        disk.layer("ada/app", bytes([number]) * 900_000)
    assert state.full("ada")
    assert state.storage.held("ada") == 0
    assert state.full("ada") == ""


def test_a_full_disk_takes_nothing_until_collecting_has_freed_some(disk, state):
    for number in range(6):
        disk.layer(f"s{number}/app", bytes([number]) * 900_000)
    assert "disk is full" in state.full("ada")
    disk.age()
    assert state.full("ada") == ""


def test_what_the_platform_pushed_counts_for_nobody(disk, state):
    for number in range(6):
        disk.image("library/debian", str(number), bytes([number]) * 1_000_000)
    assert (
        state.refuse_image("library/debian", {disk.layer("library/debian", b"n" * 999_999)}) == ""
    )
    assert state.full("library") == ""
    assert state.full("ada") == ""
    assert not state.burst()
    assert state.storage.used("ada") == 0


def test_what_the_platform_pushed_stays_when_the_disk_is_collected(disk, state):
    digest = disk.image("library/debian", "latest", b"x" * 1000)
    disk.age()
    assert state.collect() == 0
    assert disk.has(digest)
    assert state.storage.repository("library/debian").tags == {"latest": digest}


def test_a_students_own_layers_count_beside_the_platforms(disk, state):
    disk.image("library/debian", "latest", b"x" * 1000)
    for number in range(6):
        disk.layer(f"s{number}/app", bytes([number]) * 900_000)
    assert "disk is full" in state.full("ada")


def test_the_platform_pushes_as_long_as_the_disk_has_room(disk, state, monkeypatch):
    monkeypatch.setattr("runtime.registry.state.FREE_BYTES", 1 << 60)
    assert "disk is full" in state.full("library")


def test_courses_are_remembered_over_a_restart_and_forgotten_with_their_owner(
    disk, state, tmp_path
):
    disk.image("ada/app", "1", b"x")
    state.note_push("ada/app", "containers")
    state.note_push("ada/app", "advanced")
    again = State(tmp_path, state.bounds)
    assert again.courses_of("ada/app") == {"containers", "advanced"}
    again.forget("ada")
    assert State(tmp_path, state.bounds).courses_of("ada/app") == set()


# --- The mirror -----------------------------------------------------------------------------------


def test_a_mirror_that_has_grown_too_large_begins_again(disk, tmp_path, monkeypatch):
    monkeypatch.setattr(mirror, "FREE_BYTES", 0)
    disk.image("library/nginx", "latest", b"x" * 100_000)
    (tmp_path / "scheduler-state.json").write_text("{}")
    assert not mirror.too_large(tmp_path, 200_000)
    assert mirror.too_large(tmp_path, 50_000)
    mirror.empty(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert not mirror.too_large(tmp_path, 0)


def test_an_empty_mirror_on_a_full_disk_is_not_emptied_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr(mirror, "FREE_BYTES", 1 << 60)
    assert not mirror.too_large(tmp_path, 1)
