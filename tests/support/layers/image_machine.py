"""A machine whose Docker engine has the images that a test gives it."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from panels.errors import PanelRefused
from panels.layers.history import STORE, chain_ids
from panels.machine import EngineSession, ObservedMachine
from sandboxes.engine.facts import FileFact
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import EngineError
from sandboxes.machine_types.registry import machine_type

Member = tuple[str, bytes | None]  # None is a folder


def digest(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def pack(members: Iterable[Member]) -> bytes:
    """A layer's archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content or b"")
            member.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
            archive.addfile(member, io.BytesIO(content or b""))
    return buffer.getvalue()


def describe_archive(members: Iterable[Member]) -> bytes:
    """What an engine keeps of a layer's archive; see panels/layers/listing.py."""
    lines: list[dict[str, Any]] = []
    for name, content in members:
        member = tarfile.TarInfo(name)
        member.size = len(content or b"")
        member.type = tarfile.DIRTYPE if content is None else tarfile.REGTYPE
        header = member.tobuf(tarfile.PAX_FORMAT)
        lines.append({"type": 2, "payload": base64.b64encode(header).decode()})
        size = {"size": member.size} if member.size else {}
        lines.append({"type": 1, "name": name, **size, "payload": None})
    text = "".join(json.dumps({**line, "position": n}) + "\n" for n, line in enumerate(lines))
    return gzip.compress(text.encode(), mtime=0)


@dataclass
class StoredFiles:
    """What can be read in the machine from outside."""

    contents: dict[str, bytes] = field(default_factory=dict)

    def read_file(self, _container_id: str, path: str, max_bytes: int = 65536) -> FileFact:
        if path not in self.contents:
            return FileFact(path, "missing")
        content = self.contents[path]
        return FileFact(
            path, "regular", len(content), content=content[:max_bytes],
            truncated=len(content) > max_bytes,
        )  # fmt: skip


@dataclass(frozen=True)
class ImageMachine(ObservedMachine):
    """Answers as an engine with a few images does."""

    stored: StoredFiles = field(default_factory=StoredFiles)
    answers: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    patience: list[int] = field(default_factory=list)

    @contextmanager
    def docker_session(
        self, *, seconds: float = 5.0, max_bytes: int = 0
    ) -> Iterator[EngineSession]:
        """Answer to paths; after as many answers as `patience` ends with, nothing comes in time."""
        yield cast("EngineSession", self)

    @contextmanager
    def docker_body(self, path: str, *, seconds: float) -> Iterator[Callable[[], bytes]]:
        """Answer with what `answers` has, in pieces."""
        if path not in self.answers:
            raise EngineError("the machine's server answered 404")
        content = io.BytesIO(self.answers[path])
        yield lambda: content.read(1000)

    def ask(self, path: str) -> Any:
        if self.patience:
            self.patience[-1] -= 1
            if self.patience[-1] < 0:
                raise EngineError("the machine's server did not answer in time")
        if path == "/images/json":
            return list(self.rows)
        if path not in self.answers:
            raise PanelRefused(f"No such image: {path}")
        return self.answers[path]

    def add_image(
        self, name: str, steps: Iterable[tuple[str, list[Member] | None]], *, created: int = 1_000
    ) -> str:
        """Have an image of these steps, each made a minute after the other; returns its id.

        A step is what the history says of it and what its layer has, None where it made none.
        """
        history, configured, diff_ids, layers = [], [], [], []
        for number, (created_by, members) in enumerate(steps):
            at = created + 60 * number
            size = sum(len(content or b"") for _, content in members or ())
            history.append(
                {"Id": "<missing>", "Created": at, "CreatedBy": created_by, "Size": size}
            )
            empty = {"empty_layer": True} if members is None else {}
            configured.append(
                {
                    "created": f"1970-01-01T{at // 3600:02}:{at % 3600 // 60:02}:{at % 60:02}Z",
                    **empty,
                }
            )
            if members is not None:
                diff_ids.append(digest(pack(members)))
                layers.append(members)
        image_id = digest(json.dumps([name, history]))
        path = f"/images/{image_id.replace(':', '%3A')}"
        self.answers[f"{path}/json"] = {"RootFS": {"Type": "layers", "Layers": diff_ids}}
        self.answers[f"{path}/history"] = history[::-1]
        config = json.dumps({"history": configured}).encode()
        self.stored.contents[f"{STORE}/imagedb/content/{image_id.replace(':', '/')}"] = config
        for chain, members in zip(chain_ids(diff_ids), layers, strict=True):
            folder = f"{STORE}/layerdb/{chain.replace(':', '/')}"
            self.stored.contents[f"{folder}/tar-split.json.gz"] = describe_archive(members)
        self.rows.insert(
            0,
            {
                "Id": image_id,
                "RepoTags": [name] if name else ["<none>:<none>"],
                "Size": sum(row["Size"] for row in history),
                "Created": history[-1]["Created"],
            },
        )
        return image_id


def image_machine(machine_id: str = "machine") -> ImageMachine:
    """A machine without any image."""
    stored = StoredFiles()
    return ImageMachine(
        machine_id=machine_id,
        name="box",
        container_id="container",
        machine_type=machine_type("docker"),
        engine=cast("SandboxEngine", stored),
        user_id=1,
        stored=stored,
    )
