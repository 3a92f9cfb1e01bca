"""Type what an engine says has happened, and bound how much of it a machine may say.

Events of a nested engine are the student's to forge, like all that runs in their machine: they only
ever reach that student's own pages, texts are cut to a length and freed of control characters, and
nothing is graded by them alone. Source of the engine's words:
https://docs.docker.com/reference/cli/docker/system/events/ (moby 20.10).
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

TEXT_MAX = 200
RATE, BURST = 20.0, 50.0  # events a second, and at once
# By the engine's type and action. `push` and `pull` are of whole images; image_tracker.py finds out
# about layers.
NESTED = {
    ("container", "create"): "container-created",
    ("container", "start"): "container-started",
    ("container", "die"): "container-died",
    ("container", "oom"): "container-oom",
    ("container", "destroy"): "container-removed",
    # At the end of a build, too: image_tracker.py tells the two apart.
    ("image", "tag"): "image-tagged",
    ("image", "pull"): "image-pulled",
    ("image", "push"): "image-pushed",
    ("image", "load"): "image-loaded",
    ("image", "import"): "image-loaded",
    ("image", "delete"): "image-removed",
    ("network", "create"): "network-created",
    ("network", "destroy"): "network-removed",
    ("volume", "create"): "volume-created",
    ("volume", "destroy"): "volume-removed",
}
# Pages are told, too, for what they show of an engine has changed by it; no check asks for it.
CHANGES = {
    ("container", "pause"): "container-paused",
    ("container", "unpause"): "container-unpaused",
    ("container", "rename"): "container-renamed",
    ("network", "connect"): "network-connected",
    ("network", "disconnect"): "network-disconnected",
}
# Pages are not told of it: the platform itself and health checks make many.
EXEC = "container-exec"
OUTER = {
    ("container", "start"): "machine-started",
    ("container", "die"): "machine-died",
    ("container", "oom"): "machine-oom",
}


@dataclass(frozen=True)
class MachineEvent:
    """Tell a page something that happened.

    `subject` is a name (a container's, an image's …), `image` what a container is made from,
    `exit_code` that of a container that died, `at` ISO 8601. `count` is for `more`: so many events
    were left out.
    """

    kind: str
    at: str
    nested: bool = False
    subject: str = ""
    image: str = ""
    exit_code: int | None = None
    count: int = 1

    def payload(self) -> dict[str, Any]:
        """Return the event as JSON's types."""
        return asdict(self)


def parse_machine_event(raw: Mapping[str, Any], *, nested: bool) -> MachineEvent | None:
    """Parse an event from an engine's JSON.

    Returns None for an event that pages don't show, and for other JSON.
    """
    kinds = NESTED | CHANGES if nested else OUTER
    kind = kinds.get((clean_text(raw.get("Type")), clean_text(raw.get("Action"))))
    actor = raw.get("Actor")
    if kind is None or not isinstance(actor, Mapping):
        return None
    attributes = actor.get("Attributes")
    if not isinstance(attributes, Mapping):
        attributes = {}
    code = clean_text(attributes.get("exitCode"))
    subject = subject_of(kind, attributes) or clean_text(actor.get("ID"))
    return MachineEvent(
        kind=kind,
        at=now(),  # not the engine's word for it
        nested=nested,
        subject=subject if nested else "",
        image=clean_text(attributes.get("image")) if nested else "",
        exit_code=int(code) if code.isdecimal() and len(code) < 4 else None,
    )


@dataclass(frozen=True)
class EngineEvent:
    """Tell a grader something that happened in a nested engine.

    `at` is by the engine's own clock (seconds since 1970). `kind` is one of NESTED's, or EXEC.
    """

    kind: str
    at: float
    subject: str
    image: str


def parse_engine_event(raw: Mapping[str, Any]) -> EngineEvent | None:
    """Parse an event from an engine's JSON; None for an event that no check uses.

    Raises KeyError, TypeError, ValueError for another shape.
    """
    action, attributes = str(raw["Action"]), raw["Actor"]["Attributes"]
    is_exec = action.startswith("exec_start")
    kind = EXEC if is_exec else NESTED.get((clean_text(raw["Type"]), action))
    if kind is None:
        return None
    subject = subject_of(kind, attributes) or clean_text(raw["Actor"]["ID"])
    image = clean_text(attributes.get("image"))
    return EngineEvent(kind, int(raw["timeNano"]) / 1e9, subject, image)


def subject_of(kind: str, attributes: Mapping[str, Any]) -> str:
    """Return the name of what an event is about, "" without one.

    Engines since version 25 leave the tag of a built image out where it is `latest`.
    """
    name = clean_text(attributes.get("name"))
    if kind == "image-tagged" and name and ":" not in name.rpartition("/")[2]:
        return clean_text(f"{name}:latest")
    return name


def clean_text(value: object) -> str:
    """Cut a text to a length and free it of control characters; "" for other types."""
    text = value if isinstance(value, str) else ""
    return "".join(character for character in text[:TEXT_MAX] if character.isprintable())


def now() -> str:
    """Return the time in ISO 8601."""
    return datetime.now(UTC).isoformat()


class TokenBucket:
    """Let BURST events through at once and RATE a second; count the rest."""

    def __init__(self) -> None:
        self._tokens, self._at, self._left_out = BURST, time.monotonic(), 0

    def take(self, event: MachineEvent | None = None) -> Iterable[MachineEvent]:
        """Yield the events to send now.

        That is this event, if there is room, after word of how many there was none for. Call it
        without an event now and then, so that the last word comes.
        """
        at = time.monotonic()
        self._tokens = min(BURST, self._tokens + (at - self._at) * RATE)
        self._at = at
        if self._left_out and self._tokens >= 1:
            self._tokens -= 1
            nested = event.nested if event else True
            yield MachineEvent("more", now(), nested=nested, count=self._left_out)
            self._left_out = 0
        if event is None:
            return
        if self._tokens >= 1:
            self._tokens -= 1
            yield event
        else:
            self._left_out += 1
