"""Know machine images by the hash of what they are made from.

What is current is not built again.
"""

import contextlib
import uuid
from pathlib import Path

import pytest

from operate.images.machine_images import (
    FIRST,
    FROM_FIRST,
    IMAGES_DIR,
    content_hash,
    ensure_images,
    image_names,
    is_current,
)
from sandboxes.machine_types.images import tag_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text("FROM debian:bookworm-slim\n")
    (tmp_path / "profile").write_text("x")
    return tmp_path


def test_the_hash_stays_when_nothing_changes(folder):
    assert content_hash(folder, "base") == content_hash(folder, "base")


def test_contents_names_modes_and_base_all_count(folder):
    hashes = {content_hash(folder, "base"), content_hash(folder, "another base")}
    (folder / "profile").chmod(0o755)
    hashes.add(content_hash(folder, "base"))
    (folder / "profile").rename(folder / "profile2")
    hashes.add(content_hash(folder, "base"))
    (folder / "profile2").write_text("y")
    hashes.add(content_hash(folder, "base"))
    assert len(hashes) == 5


def test_there_is_a_linux_machine():
    assert "linux" in image_names()


def test_every_machine_image_stands_on_the_one_base():
    for kind in image_names():
        recipe = "\n" + (IMAGES_DIR / kind / "Dockerfile").read_text()
        assert any(f"\n{begin}\n" in recipe for begin in ("FROM debian:bookworm-slim", FROM_FIRST))


def nothing(_fraction: float, _text: str) -> None:
    pass


@contextlib.contextmanager
def no_way_out():
    pytest.fail("the uplink was opened although nothing was to be built")
    yield


def test_what_is_current_needs_no_way_out(docker_client, installation):
    lines = ensure_images(docker_client, installation, no_way_out(), nothing, only=[FIRST])
    assert lines == [f"{FIRST}: current"]


def test_another_installation_on_the_engine_only_gets_tags(docker_client, installation):
    other = f"drydock-test-{uuid.uuid4().hex[:8]}"
    try:
        lines = ensure_images(docker_client, other, contextlib.nullcontext(), nothing, only=[FIRST])
        assert f"{FIRST}: tagged" in lines
        assert is_current(docker_client, other, FIRST)
    finally:
        docker_client.images.remove(tag_of(other, FIRST))
