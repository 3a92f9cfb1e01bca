"""Check images in the class's registry, whose own storage is asked, not the student's machine."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated, Literal

from django.conf import settings
from pydantic import Field, StringConstraints

from checks.base import BaseCheck, evidence_missing, machine_fault
from checks.docker.engine import SHOWN, ImageName, docker_of, fake_engine, with_tag
from checks.evidence.docker_schema import RegistryEvidence
from checks.evidence.docker_session import DockerSession, gather_docker
from checks.evidence.schema import Evidence
from checks.evidence.tasks import ALIVE, ON_DISK, EvidenceTask, Subject
from checks.registry import CHECK_KINDS
from core.specs.error_messages import shape
from core.specs.fields import OR_PLACEHOLDER
from core.specs.outcomes import CheckOutcome, EvidenceMissing, quoted
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import EngineError
from sandboxes.registry.hosts import registry_of
from sandboxes.registry.names import registry_name

Repository = Annotated[
    str,
    StringConstraints(
        pattern=shape(
            r"^[a-z0-9]+([._/-]+[a-z0-9]+)*$",
            "must be small letters and digits, with any of ._/- between them",
        ),
        max_length=120,
    ),
    OR_PLACEHOLDER,
]
Tag = Annotated[
    str,
    StringConstraints(
        pattern=shape(
            r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$",
            "must be a tag: letters, digits and _.- behind a letter, a digit or _",
        ),
        max_length=128,
    ),
    OR_PLACEHOLDER,
]


@CHECK_KINDS.register(position=130)
class RegistryCheck(BaseCheck):
    """Check an image in the class's registry, below the student's own name."""

    kind: Literal["registry"] = "registry"
    repository: Annotated[
        Repository,
        Field(description="Below the student's name: app for registry:5000/ada/app."),
    ]
    tag: Tag = "latest"
    same_as: Annotated[
        ImageName | None,
        Field(description="An image in the machine that it is the same as."),
    ] = None

    @property
    def key(self) -> str:
        """Return the image's name in the evidence."""
        return f"{self.repository}:{self.tag}"

    def machine_fault(self, machine_kind: str | None) -> tuple[str, str] | None:
        """Return a fault in machines that can't push to the registry."""
        need = "asks the class's registry for what was pushed"
        return machine_fault(machine_kind, "can_join_registry", need)

    def plan_evidence(self, subject: Subject) -> Iterator[EvidenceTask]:
        """Plan to ask the registry, and the machine's engine for the image to compare with."""
        item = (self.repository, self.tag)
        yield EvidenceTask(f"registry {self.key}", gather_registry, ON_DISK, (item,))
        if self.same_as:
            question = partial(DockerSession.add_image, name=self.same_as)
            yield EvidenceTask("docker", gather_docker, ALIVE, (question,))

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Hold what the registry has against what should be there."""
        pushed = evidence["registry"].get(self.key)
        if pushed is None:
            raise evidence_missing(
                evidence, f"registry {self.key}", f"{self.key} was not collected."
            )
        expected = f"registry:5000/{pushed['name']}:{self.tag} in the registry"
        if not pushed["digest"]:
            tags = ", ".join(pushed["tags"][:SHOWN])
            other = f"only the tag {quoted(tags)} there"
            return CheckOutcome(False, expected, other if tags else "nothing there under that name")
        if not self.same_as:
            return CheckOutcome(True, expected, "it is there")
        expected = f"{expected}, the same as {with_tag(self.same_as)} in the machine"
        return compare(self.same_as, expected, pushed, evidence)


def compare(name: str, expected: str, pushed: RegistryEvidence, evidence: Evidence) -> CheckOutcome:
    """Compare what was pushed with an image in the machine.

    The registry's word is what counts; the machine's engine is only asked which of its images that
    should be.
    """
    docker = docker_of(evidence)
    if fake := fake_engine(docker, expected):
        return fake
    if name not in docker["image"]:
        raise EvidenceMissing(f"The image {name} was not collected.")
    local = docker["image"][name]
    if local is None:
        observed = f"it is there, but the machine has no image {with_tag(name)}"
        return CheckOutcome(passed=False, expected=expected, found=observed)
    same = local["id"] == pushed["image_id"]
    return CheckOutcome(same, expected, "the same" if same else "another image under that name")


def gather_registry(
    evidence: Evidence,
    subject: Subject,
    _engine: SandboxEngine,
    images: Sequence[tuple[str, str]],
) -> None:
    """Ask the registry what it has under each repository and tag."""
    if not (settings.REGISTRY and subject.machine and subject.student):
        raise EngineError("this platform has no registry")
    registry, owner = registry_of(subject.machine.host), registry_name(subject.student)
    for repository, tag in images:
        name = f"{owner}/{repository}"
        image = registry.ask(f"/image?name={name}&tag={tag}")
        evidence["registry"][f"{repository}:{tag}"] = RegistryEvidence(
            name=name,
            digest=str(image["digest"]),
            image_id=str(image["config"]),
            tags=[str(tag) for tag in image["tags"]],
        )
