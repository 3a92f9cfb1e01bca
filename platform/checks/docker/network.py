"""Check networks of a machine's Docker engine."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from checks.base import Requirement, outcome_of
from checks.docker.engine import DockerCheck, ObjectName, docker_of, fake_engine
from checks.evidence.docker_schema import NetworkEvidence
from checks.evidence.docker_session import DockerSession
from checks.evidence.schema import Evidence
from checks.registry import CHECK_KINDS
from core.specs.outcomes import CheckOutcome, quoted

INTERNAL = {True: "has no way out (internal)", False: "has a way out"}


@CHECK_KINDS.register(position=90)
class NetworkCheck(DockerCheck):
    """Check a network by its name."""

    kind: Literal["network"] = "network"
    name: Annotated[ObjectName, Field(description="Its name, in the machine's own Docker engine.")]
    driver: Annotated[str | None, StringConstraints(max_length=50)] = None
    internal: Annotated[bool | None, Field(description="Whether it has no way out.")] = None
    members: Annotated[
        tuple[ObjectName, ...],
        Field(description="Running containers that are in it, by name."),
    ] = ()

    def ask_engine(self, session: DockerSession) -> None:
        """Ask for the network."""
        session.add_network(self.name)

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Hold the network against what is asked of it."""
        docker, subject = docker_of(evidence), f"a network {self.name}"
        if fake := fake_engine(docker, subject):
            return fake
        if self.name not in docker["network"]:
            raise self.unrelated_evidence()
        network = docker["network"][self.name]
        if network is None:
            return CheckOutcome(False, subject, "no network of that name")
        return outcome_of(subject, list(self.requirements(network)))

    def requirements(self, network: NetworkEvidence) -> Iterator[Requirement]:
        """Ask everything of a network that is there."""
        if self.driver:
            yield Requirement(
                holds=network["driver"] == self.driver,
                expected=f"has the driver {self.driver}",
                found=f"has the driver {quoted(network['driver'])}",
            )
        if self.internal is not None:
            same = network["internal"] == self.internal
            yield Requirement(same, INTERNAL[self.internal], INTERNAL[network["internal"]])
        for name in self.members:
            expected = f"has {name} in it, running"
            missing = f"does not have {name} in it, running"
            yield Requirement(name in network["members"], expected, missing)
