"""Say of which steps an image was made, and which of them made which layer.

An engine tells its history (`/images/<id>/history`: instructions and sizes) and its layers
(`/images/<id>/json`: their digests), and not which belong together: most steps make no layer, and a
layer may be of no bytes. The image's configuration says it, and lies where the engine keeps it.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from panels.layers.instructions import DockerfileLine, parse_instruction
from panels.machine import EngineSession, ObservedMachine
from panels.untrusted import items, record, whole
from sandboxes.engine.facts import FileFact

LAYERS_MAX = 128  # Docker itself allows 127
STEPS_MAX = 300
CONFIG_BYTES = 1024 * 1024
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# Where the machine's engine (runtime/images/docker/daemon.json) keeps images' descriptions.
STORE = "/var/lib/docker/image/overlay2"


@dataclass(frozen=True)
class HistoryStep:
    """Hold a step of an image's history; `layer` counts from the bottom, None when it made none."""

    instruction: DockerfileLine
    layer: int | None
    size: int
    created: float


@dataclass(frozen=True)
class ImageDetail:
    """Hold what an image is made of, from the bottom to the top.

    `layers` are digests of what is in them, `chains` name a layer together with all below it: only
    layers of the same chain are one and the same on the disk. `sizes` and `created` (seconds since
    1970, 0 where it is not known) are by layer.
    """

    image_id: str
    layers: tuple[str, ...]
    chains: tuple[str, ...]
    steps: tuple[HistoryStep, ...]

    @property
    def sizes(self) -> list[int]:
        return [self._step_of(layer).size for layer in range(len(self.layers))]

    @property
    def created(self) -> list[float]:
        return [self._step_of(layer).created for layer in range(len(self.layers))]

    def _step_of(self, layer: int) -> HistoryStep:
        return next(step for step in self.steps if step.layer == layer)


def read_detail(machine: ObservedMachine, docker: EngineSession, image_id: str) -> ImageDetail:
    """Ask a machine's engine what an image is made of. Raises PanelError, EngineError."""
    path = f"/images/{quote(image_id, safe='')}"
    image = record(docker.ask(f"{path}/json"))
    rows = items(docker.ask(f"{path}/history"), STEPS_MAX)
    return build_detail(
        image_id,
        items(record(image.get("RootFS")).get("Layers")),
        [row for row in reversed(rows) if isinstance(row, dict)],
        read_configuration(machine, image_id),
    )


def read_configuration(machine: ObservedMachine, image_id: str) -> dict[str, Any]:
    """Read an image's configuration from outside; empty where the engine keeps it elsewhere."""
    if not DIGEST.fullmatch(image_id):
        return {}
    path = f"{STORE}/imagedb/content/{image_id.replace(':', '/')}"
    fact: FileFact = machine.engine.read_file(machine.container_id, path, CONFIG_BYTES)
    try:
        return record(json.loads(fact.content or b"null"))
    except (ValueError, RecursionError):
        return {}


def build_detail(
    image_id: str,
    layers: Sequence[object],
    rows: Sequence[dict[str, Any]],
    configuration: dict[str, Any],
) -> ImageDetail:
    """Bring together layers, a configuration, and the engine's history: `rows`, oldest first."""
    digests = tuple(
        layer for layer in layers[:LAYERS_MAX] if isinstance(layer, str) and DIGEST.fullmatch(layer)
    )
    instructions = [parse_instruction(row.get("CreatedBy"), row.get("Comment")) for row in rows]
    makes_layer = layer_flags(rows, instructions, configuration, len(digests))
    times = created_times(rows, configuration)
    steps: list[HistoryStep] = []
    layer = 0
    for row, instruction, makes, created in zip(
        rows, instructions, makes_layer, times, strict=True
    ):
        number = layer if makes and layer < len(digests) else None
        layer += number is not None
        steps.append(HistoryStep(instruction, number, whole(row.get("Size")), created))
    unknown = [
        HistoryStep(DockerfileLine("", ""), number, 0, 0.0) for number in range(layer, len(digests))
    ]
    return ImageDetail(image_id, digests, chain_ids(digests), (*steps, *unknown))


def layer_flags(
    rows: Sequence[dict[str, Any]],
    instructions: Sequence[DockerfileLine],
    configuration: dict[str, Any],
    layers: int,
) -> list[bool]:
    """Tell for each step whether it made a layer.

    The configuration knows. Without one it follows from the sizes, and where there are more layers
    than steps with a size, from the instructions: what can change a file has made a layer.
    """
    history = configuration.get("history")
    if isinstance(history, list) and len(history) == len(rows):
        return [not (isinstance(each, dict) and each.get("empty_layer")) for each in history]
    flags = [whole(row.get("Size")) > 0 for row in rows]
    for number, instruction in enumerate(instructions):
        if sum(flags) >= layers:
            break
        flags[number] = flags[number] or not instruction.changes_no_file
    return flags


def created_times(rows: Sequence[dict[str, Any]], configuration: dict[str, Any]) -> list[float]:
    """Return when each step was made, as exactly as it is told.

    The engine tells whole seconds, the configuration more.
    """
    history = configuration.get("history")
    exact = history if isinstance(history, list) and len(history) == len(rows) else []
    times = [seconds_of(each.get("created")) if isinstance(each, dict) else 0.0 for each in exact]
    coarse = [float(whole(row.get("Created"))) for row in rows]
    return [time or second for time, second in zip(times or coarse, coarse, strict=True)]


def seconds_of(text: object) -> float:
    """Parse a time in ISO 8601; 0 for anything else.

    Go writes nine digits of a second, of which microseconds are kept.
    """
    try:
        time = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", str(text)[:64]))
        return max(0.0, time.timestamp())
    except (ValueError, OverflowError, OSError):
        return 0.0


def chain_ids(digests: Sequence[str]) -> tuple[str, ...]:
    """Name each layer together with those below it, as engines and OCI's image format do.

    https://github.com/opencontainers/image-spec/blob/main/config.md#layer-chainid
    """
    chains: list[str] = []
    for digest in digests:
        below = f"{chains[-1]} {digest}" if chains else ""
        hashed = f"sha256:{hashlib.sha256(below.encode()).hexdigest()}"
        chains.append(hashed if below else digest)
    return tuple(chains)
