"""What an engine says has happened, typed for a lesson's page, and how much of it a machine may say.

Events of a nested engine are the student's to forge, like all that runs in their machine: they only ever reach that
student's own pages, texts are cut to a length and freed of control characters, and nothing is graded by them alone.
Source of the engine's words: https://docs.docker.com/reference/cli/docker/system/events/ (moby 20.10).
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

TEXT_MAX = 200
RATE, BURST = 20.0, 50.0  # events a second, and at once
# By the engine's type and action. `push` and `pull` are of whole images; nested_images.py finds out about layers.
NESTED = {
    ("container", "create"): "container-created",
    ("container", "start"): "container-started",
    ("container", "die"): "container-died",
    ("container", "oom"): "container-oom",
    ("container", "destroy"): "container-removed",
    ("image", "tag"): "image-tagged",  # at the end of a build, too: nested_images.py tells the two apart
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
EXEC = "container-exec"  # pages are not told: the platform itself and health checks make many
OUTER = {
    ("container", "start"): "machine-started",
    ("container", "die"): "machine-died",
    ("container", "oom"): "machine-oom",
}


@dataclass(frozen=True)
class MachineEvent:
    """One thing that happened. `subject` is a name (a container's, an image's …), `image` what a container is made
    from, `exit_code` that of one that died, `at` ISO 8601. `count` is for `more`: so many events were left out."""

    kind: str
    at: str
    nested: bool = False
    subject: str = ""
    image: str = ""
    exit_code: int | None = None
    count: int = 1

    def payload(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def parse_machine_event(raw: Mapping[str, Any], *, nested: bool) -> MachineEvent | None:
    """The event that an engine's JSON tells of; None for what pages do not care about, and for what is no event."""
    kind = (NESTED if nested else OUTER).get((_text(raw.get("Type")), _text(raw.get("Action"))))
    actor = raw.get("Actor")
    if kind is None or not isinstance(actor, Mapping):
        return None
    given = actor.get("Attributes")
    said: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    subject = _text(said.get("name")) or _text(actor.get("ID"))
    code = _text(said.get("exitCode"))
    return MachineEvent(
        kind=kind,
        at=_now(),  # not the engine's word for it
        nested=nested,
        subject=subject if nested else "",
        image=_text(said.get("image")) if nested else "",
        exit_code=int(code) if code.isdecimal() and len(code) < 4 else None,
    )


@dataclass(frozen=True)
class EngineEvent:
    """Something that happened in a nested engine, by the engine's own clock (seconds since 1970). `kind` is one of
    NESTED's, or "container-exec"."""

    kind: str
    at: float
    subject: str
    image: str


def parse_engine_event(raw: Mapping[str, Any]) -> EngineEvent | None:
    """Of an engine's JSON; None for what nobody asks for. Raises KeyError, TypeError, ValueError for another shape."""
    action, said = str(raw["Action"]), raw["Actor"]["Attributes"]
    kind = EXEC if action.startswith("exec_start") else NESTED.get((_text(raw["Type"]), action))
    if kind is None:
        return None
    subject = _text(said.get("name")) or _text(raw["Actor"]["ID"])
    return EngineEvent(kind, int(raw["timeNano"]) / 1e9, subject, _text(said.get("image")))


def _text(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return "".join(one for one in text[:TEXT_MAX] if one.isprintable())


def _now() -> str:
    return datetime.now(UTC).isoformat()


class TokenBucket:
    """Lets BURST events through at once and RATE a second; counts what it holds back."""

    def __init__(self) -> None:
        self._tokens, self._at, self._held = BURST, time.monotonic(), 0

    def take(self, event: MachineEvent | None = None) -> Iterable[MachineEvent]:
        """The events to send now: this one, if there is room, after word of how many there was none for. Call it
        without one now and then, so that the last word comes."""
        now = time.monotonic()
        self._tokens = min(BURST, self._tokens + (now - self._at) * RATE)
        self._at = now
        if self._held and self._tokens >= 1:
            self._tokens -= 1
            yield MachineEvent("more", _now(), nested=event.nested if event else True, count=self._held)
            self._held = 0
        if event is None:
            return
        if self._tokens >= 1:
            self._tokens -= 1
            yield event
        else:
            self._held += 1
