"""Serve RegistryEngine from memory, for tests of what workers do with it."""

from collections.abc import Mapping
from typing import Any

from sandboxes.registry.engine import RegistrySpec
from sandboxes.registry.library import MARKED

# What a gate says of an image that is not there.
EMPTY = {"digest": "", "config": "", "layers": 0, "bytes": 0, "tags": []}


class FakeRegistry:
    """Remember what it was asked to do; `owners` is what the gate would answer."""

    def __init__(self) -> None:
        self.spec: RegistrySpec | None = None
        self.networks: set[str] = set()
        self.files: dict[str, dict[str, tuple[bytes, int]]] = {}
        self.owners: list[str] = []
        self.images: dict[str, dict[str, Any]] = {}  # by "name=…&tag=…"
        self.queries: list[str] = []
        self.fills: list[tuple[str, dict[str, tuple[bytes, int]]]] = []  # images and their files

    def ensure(self, spec: RegistrySpec) -> None:
        self.spec = spec

    def joined(self) -> set[str]:
        return set(self.networks)

    def join(self, network_id: str) -> None:
        self.networks.add(network_id)

    def ask(self, path: str) -> dict[str, Any]:
        self.queries.append(path)
        if path.startswith("/forget?owner="):
            self.owners.remove(path.partition("=")[2])
        if path.startswith("/image?"):
            return dict(self.images.get(path.partition("?")[2], EMPTY))
        return {"owners": list(self.owners)} if path == "/owners" else {}

    def fill(self, image: str, mark: str, files: Mapping[str, tuple[bytes, int]]) -> bool:
        self.fills.append((image, dict(files)))
        self.images[f"name={MARKED}&tag={mark}"] = {**EMPTY, "digest": "sha256:filled"}
        return True

    def put_files(self, container_id: str, files: Mapping[str, tuple[bytes, int]]) -> None:
        self.files.setdefault(container_id, {}).update(files)

    def remove(self) -> None:
        self.spec = None
        self.networks.clear()
