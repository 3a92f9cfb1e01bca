"""Know machine images by the hash of what they are made from.

What is current is not built again.
"""

from pathlib import Path

import pytest

from operate.images import base_image
from operate.images.machine_images import (
    FROM_FIRST,
    FROM_NEWER,
    IMAGES_DIR,
    content_hash,
    image_names,
)


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


def test_every_machine_image_stands_on_a_base_of_ours():
    begins = ("FROM debian:bookworm-slim", "FROM ${BASE}", FROM_FIRST, FROM_NEWER)
    for kind in image_names():
        recipe = "\n" + (IMAGES_DIR / kind / "Dockerfile").read_text()
        assert any(f"\n{begin}\n" in recipe for begin in begins)


def test_another_debian_comes_from_the_hosts_own_mirrors(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = (
        "http://mirror.example/debian/ bookworm main\n"
        "http://mirror.example/security/ bookworm-security main\n"
        "http://mirror.example/security/ bookworm-security main\n"
        "http://mirror.example/other/ stable contrib\n"
    )
    monkeypatch.setattr(base_image, "run", lambda *_, check: listed)
    release = {"VERSION_CODENAME": "bookworm"}
    monkeypatch.setattr(base_image.platform, "freedesktop_os_release", lambda: release)
    assert base_image.sources_of("trixie").splitlines() == [
        "deb http://mirror.example/debian/ trixie main",
        "deb http://mirror.example/security/ trixie-security main",
    ]
    assert base_image.sources_of("bookworm") == ""
