"""What the images that docker machines start with are called, and where their engine asks first."""

import io
import json
import tarfile
from typing import Any

import pytest

from operate.images import preload

IMAGES = ["outer/debian", "outer/nginx", "outer/python"]


class FakeContainer:
    """Keeps the names that `docker tag` gives, and the files that are put in."""

    def __init__(self) -> None:
        self.names = set(IMAGES) | {"drydock/busybox:latest"}
        self.files: dict[str, bytes] = {}

    def exec_run(self, arguments: list[str]) -> Any:
        if arguments[1] == "tag":
            assert arguments[2] in self.names
            self.names.add(arguments[3])
        else:
            self.names.remove(arguments[-1])
        return type("Done", (), {"exit_code": 0, "output": b""})

    def put_archive(self, folder: str, content: bytes) -> None:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                file = archive.extractfile(member)
                assert file
                self.files[f"{folder}/{member.name}"] = file.read()


@pytest.mark.parametrize("usual_names", [False, True])
def test_usual_names_only_where_the_operator_asks_for_them(
    usual_names: bool, settings: Any
) -> None:
    settings.PRELOADED_USUAL_NAMES = usual_names
    machine: Any = FakeContainer()
    preload.name_images(machine, IMAGES)
    names = ("busybox", "debian", "nginx", "python")
    usual = {f"{name}:latest" for name in names} if usual_names else set()
    assert machine.names == {f"drydock/{name}:latest" for name in names} | usual


def test_engine_asks_the_mirror_first_where_there_is_one(settings: Any) -> None:
    machine: Any = FakeContainer()
    settings.REGISTRY_MIRROR = ""
    preload.configure(machine)
    assert machine.files == {}
    settings.REGISTRY_MIRROR = "https://registry-1.docker.io"
    preload.configure(machine)
    written = json.loads(machine.files["/etc/docker/daemon.json"])
    assert written["registry-mirrors"] == ["http://registry:5001"]
    assert written["storage-driver"] == "overlay2"


def test_usual_names_are_pulled_from_the_registrys_library_after_a_mirror(settings: Any) -> None:
    settings.PRELOADED_USUAL_NAMES = True
    for mirror, addresses in (
        ("", ["http://registry:5002"]),
        ("https://registry-1.docker.io", ["http://registry:5001", "http://registry:5002"]),
    ):
        machine: Any = FakeContainer()
        settings.REGISTRY_MIRROR = mirror
        preload.configure(machine)
        written = json.loads(machine.files["/etc/docker/daemon.json"])
        assert written["registry-mirrors"] == addresses


def test_either_setting_makes_another_image(settings: Any) -> None:
    settings.REGISTRY_MIRROR, settings.PRELOADED_USUAL_NAMES = "", False
    variants = {preload.variant()}
    settings.PRELOADED_USUAL_NAMES = True
    variants.add(preload.variant())
    settings.REGISTRY_MIRROR = "https://registry-1.docker.io"
    variants.add(preload.variant())
    assert len(variants) == 3
