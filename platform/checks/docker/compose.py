"""Check projects of docker compose."""

from typing import Annotated, Literal

from pydantic import Field

from checks.base import Requirement, outcome_of
from checks.docker.engine import DockerCheck, ObjectName, docker_of, fake_engine
from checks.evidence.docker_session import DockerSession
from checks.evidence.schema import Evidence
from checks.registry import CHECK_KINDS
from core.specs.outcomes import CheckOutcome


@CHECK_KINDS.register(position=110)
class ComposeCheck(DockerCheck):
    """Check the services of a project, by the labels that compose puts on their containers."""

    kind: Literal["compose"] = "compose"
    project: Annotated[
        ObjectName, Field(description="Its name: the folder's, unless it was given another.")
    ]
    services: Annotated[
        tuple[ObjectName, ...],
        Field(min_length=1, max_length=20, description="Those that run."),
    ]

    def ask_engine(self, session: DockerSession) -> None:
        """Ask for all containers."""
        session.list_containers()

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Hold the project's services against those that should run."""
        docker, subject = docker_of(evidence), f"a compose project {self.project}"
        if fake := fake_engine(docker, subject):
            return fake
        if docker["containers"] is None:
            raise self.unrelated_evidence()
        own = [item for item in docker["containers"] if item["project"] == self.project]
        if not own:
            return CheckOutcome(False, subject, "no container of such a project")
        running = {item["service"] for item in own if item["state"] == "running"}
        known = {item["service"] for item in own}
        requirements = [service_requirement(name, running, known) for name in self.services]
        return outcome_of(subject, requirements)


def service_requirement(name: str, running: set[str], known: set[str]) -> Requirement:
    """Ask for a service that should run."""
    idle = f"has a service {name} that does not run"
    observed = idle if name in known else f"has no service {name}"
    return Requirement(name in running, f"has {name} running", observed)
