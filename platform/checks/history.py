"""Check what happened in a machine's Docker engine."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from checks.docker.engine import DockerCheck, ImageName, docker_of, fake_engine, with_tag
from checks.evidence.docker_schema import EventEvidence
from checks.evidence.docker_session import DockerSession, gather_docker
from checks.evidence.schema import Evidence
from checks.evidence.tasks import ALIVE, EvidenceTask, Subject
from checks.registry import CHECK_KINDS
from checks.wording import pattern_words
from core.specs import patterns
from core.specs.fields import Regex
from core.specs.outcomes import CheckOutcome, quoted
from sandboxes.docker_events.parser import EngineEvent

# An engine's events. Builds end with image-tagged, and so does `docker tag`.
EventName = Literal[
    "container-created",
    "container-started",
    "container-exec",
    "container-died",
    "container-removed",
    "image-pulled",
    "image-pushed",
    "image-tagged",
    "image-loaded",
    "image-removed",
    "network-created",
    "network-removed",
    "volume-created",
    "volume-removed",
]
EXPECTED: dict[str, str] = {
    "container-created": "a container was made",
    "container-started": "a container was started",
    "container-exec": "a command was run in a container that ran already",
    "container-died": "a container ended",
    "container-removed": "a container was removed",
    "image-pulled": "an image was pulled",
    "image-pushed": "an image was pushed",
    "image-tagged": "an image was given a name",
    "image-loaded": "an image was loaded",
    "image-removed": "an image was removed",
    "network-created": "a network was made",
    "network-removed": "a network was removed",
    "volume-created": "a volume was made",
    "volume-removed": "a volume was removed",
}


@CHECK_KINDS.register(position=120)
class HistoryCheck(DockerCheck):
    """Check that something happened after the machine was given to the student.

    The engine's events tell: the last 256 of them, unless the student has restarted the engine.
    """

    kind: Literal["history"] = "history"
    event: EventName
    subject: Annotated[
        Regex | None,
        Field(description="A regular expression for the name of what it happened to."),
    ] = None
    image: Annotated[
        ImageName | None, Field(description="The image that it is made from, by name.")
    ] = None
    times: Annotated[int, Field(strict=True, ge=1, le=100, description="At least so often.")] = 1

    def plan_evidence(self, subject: Subject) -> Iterator[EvidenceTask]:
        """Plan to ask the engine, and load what it has forgotten."""
        question = partial(self.ask_engine, before=subject.history)
        yield EvidenceTask("docker", gather_docker, ALIVE, (question,))

    def ask_engine(self, session: DockerSession, before: Sequence[EngineEvent] = ()) -> None:
        """Ask for the events; `before` are those that the engine has forgotten."""
        session.list_events(before)

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Count the events that fit."""
        docker, expected = docker_of(evidence), self.expected()
        if fake := fake_engine(docker, expected):
            return fake
        if docker["events"] is None:
            raise self.unrelated_evidence()
        alike = [
            event
            for event in docker["events"]
            if event["kind"] == self.event and event["at"] >= docker["opened"]
        ]
        fitting = [event for event in alike if self.fits(event)]
        observed = "nothing of the kind, as far as the machine's engine remembers"
        if fitting:
            observed = f"{len(fitting)} of them, the last {quoted(fitting[-1]['subject'])}"
        elif alike:
            observed = f"{len(alike)} others, the last {quoted(alike[-1]['subject'])}"
        return CheckOutcome(len(fitting) >= self.times, expected, observed)

    def expected(self) -> str:
        """Say what should have happened."""
        times = f", {self.times} times at least" if self.times > 1 else ""
        name = pattern_words(
            self.subject or "",
            whole=", named {}",
            part=", with {} in its name",
            otherwise=", of the name that the task asks for" if self.subject else "",
        )
        image = f", of the image {self.image}" if self.image else ""
        return f"{EXPECTED[self.event]} since the machine is yours{name}{image}{times}"

    def fits(self, event: EventEvidence) -> bool:
        """Whether an event of the kind happened to what it should have happened to."""
        named = self.subject is None or patterns.matches(self.subject, event["subject"])
        image = self.image
        return named and (image is None or with_tag(image) == with_tag(event["image"]))
