"""Check containers of a machine's Docker engine."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from checks.base import (
    Argument,
    BaseCheck,
    Requirement,
    Size,
    outcome_of,
    refuse_words_in_program,
    size_bytes,
)
from checks.docker.engine import (
    SHOWN,
    DockerCheck,
    ImageName,
    ObjectName,
    Variable,
    docker_of,
    fake_engine,
    variable_requirements,
    with_tag,
)
from checks.evidence.docker_schema import ContainerEvidence, DockerEvidence, MountEvidence
from checks.evidence.docker_session import DockerSession
from checks.evidence.schema import Evidence
from checks.registry import CHECK_KINDS
from checks.wording import is_script
from core.specs.error_messages import shape
from core.specs.fields import OR_PLACEHOLDER
from core.specs.outcomes import CheckOutcome, printable, quoted

STATES = {
    "running": "runs",
    "exited": "has ended",
    "paused": "is paused",
    "created": "was made and never started",
    "restarting": "is being started again and again",
    "dead": "could not be removed",
}
HEALTHS = {
    "none": "has no health check",
    "starting": "has a health check that has not found anything yet",
}
ContainerState = Literal["running", "exited", "paused", "created", "absent"]
Health = Literal["healthy", "unhealthy", "starting", "none"]
Restart = Literal["no", "always", "unless-stopped", "on-failure"]
PublishedPort = Annotated[
    str,
    StringConstraints(
        pattern=shape(
            r"^((\d{1,3}\.){3}\d{1,3}:)?(\d{1,5}:)?\d{1,5}(/(tcp|udp|sctp))?$",
            "must be a published port, as in 8080:80, 127.0.0.1:8080:80/tcp or 80",
        )
    ),
    OR_PLACEHOLDER,
]
# /path, SOURCE:/path or SOURCE:/path:ro, as after `docker run -v`.
MountText = Annotated[
    str,
    StringConstraints(
        pattern=shape(
            r"^([A-Za-z0-9_./-]+:)?/[^:]*(:(ro|rw))?$",
            "must be /path, VOLUME:/path or /folder:/path, with :ro or :rw behind it if need be",
        ),
        max_length=500,
    ),
    OR_PLACEHOLDER,
]


@CHECK_KINDS.register(position=70)
class ContainerCheck(DockerCheck):
    """Check a container by its name: what state it is in, and what it was started with.

    What is not given does not matter.
    """

    kind: Literal["container"] = "container"
    name: Annotated[ObjectName, Field(description="Its name, in the machine's own Docker engine.")]
    state: Annotated[
        ContainerState, Field(description="`absent`: there should be none of that name.")
    ] = "running"
    ended_with: Annotated[
        int | None,
        Field(strict=True, ge=0, le=255, description="Exit code of a container that has exited."),
    ] = None
    image: Annotated[
        ImageName | None, Field(description="The image that it is made from, by name.")
    ] = None
    args: Annotated[
        tuple[Argument, ...],
        Field(description="What it runs: entrypoint and command, one word a line."),
    ] = ()
    ports: Annotated[
        tuple[PublishedPort, ...], Field(description="8080:80, or 80 for any port outside.")
    ] = ()
    env: Annotated[
        tuple[Variable, ...], Field(description="NAME=value, or NAME for any value.")
    ] = ()
    mounts: Annotated[
        tuple[MountText, ...], Field(description="VOLUME:/path, /folder:/path:ro, or /path.")
    ] = ()
    networks: Annotated[
        tuple[ObjectName, ...], Field(description="Names of networks that it is in.")
    ] = ()
    memory: Annotated[Size | None, Field(description="Its limit: 64 MiB for `-m 64m`.")] = None
    cpus: Annotated[float | None, Field(gt=0, le=256, description="Its limit, as 0.5.")] = None
    health: Annotated[Health | None, Field(description="What its health check has found.")] = None
    restart: Annotated[Restart | None, Field(description="Its restart policy.")] = None

    @model_validator(mode="after")
    def refuse_misfits(self) -> Self:
        """Raise PydanticCustomError for what can't be asked of such a container."""
        known = BaseCheck.model_fields.keys() | {"kind", "name", "state"}
        own = [
            name
            for name, field in type(self).model_fields.items()
            if name not in known and getattr(self, name) != field.default
        ]
        if self.state == "absent" and own:
            message = "says nothing about a container that is not to be there"
            raise PydanticCustomError("absent", message, {"at": (own[0],)})
        if self.ended_with is not None and self.state != "exited":
            raise PydanticCustomError("ended_with", "needs state exited", {"at": ("ended_with",)})
        refuse_words_in_program(self.args, "args")
        return self

    def code(self) -> dict[str, str]:
        """Return what no student is shown, by field: a script that it should run."""
        return super().code() | ({"args": "\n".join(self.args)} if is_script(self.args) else {})

    def ask_engine(self, session: DockerSession) -> None:
        """Ask for the container, and for the image that it should be made from."""
        session.add_container(self.name)
        if self.image:
            session.add_image(self.image)

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Hold the container against what is asked of it."""
        docker, subject = docker_of(evidence), f"a container {self.name}"
        expected = f"no container {self.name}" if self.state == "absent" else subject
        if fake := fake_engine(docker, expected):
            return fake
        if self.name not in docker["container"]:
            raise self.unrelated_evidence()
        container = docker["container"][self.name]
        if self.state == "absent":
            observed = "none"
            if container:
                observed = f"it {describe_state(container['state'])}"
            return CheckOutcome(container is None, expected, observed)
        if container is None:
            return CheckOutcome(False, expected, "no container of that name")
        return outcome_of(subject, list(self.requirements(container, docker)))

    def requirements(
        self, container: ContainerEvidence, docker: DockerEvidence
    ) -> Iterator[Requirement]:
        """Ask everything of a container that is there."""
        yield self.state_requirement(container)
        if self.image:
            yield image_requirement(self.image, container, docker)
        if self.args:
            asked = "what the task asks for"
            if not is_script(self.args):
                asked = quoted(" ".join(self.args))
            yield Requirement(
                holds=list(self.args) == container["args"],
                expected=f"runs {asked}",
                found=f"was made to run {quoted(' '.join(container['args']))}",
            )
        yield from port_requirements(self.ports, container["ports"])
        yield from variable_requirements(self.env, container["env"])
        yield from (mount_requirement(mount, container["mounts"]) for mount in self.mounts)
        yield from (network_requirement(name, container["networks"]) for name in self.networks)
        yield from self.limit_requirements(container)
        yield from self.upkeep_requirements(container)

    def state_requirement(self, container: ContainerEvidence) -> Requirement:
        """Ask for the state; a container whose process the host can't find does not run."""
        state, exit_code = container["state"], container["exit_code"]
        expected = STATES[self.state]
        if self.ended_with is not None:
            expected = f"has ended with exit code {self.ended_with}"
        observed = describe_state(state)
        if state == "exited":
            observed = f"has ended with exit code {exit_code}"
        if container["alive"] is False:
            return Requirement(False, expected, "is said to run, but its process can't be found")
        fits = state == self.state and self.ended_with in (None, exit_code)
        return Requirement(fits, expected, observed)

    def limit_requirements(self, container: ContainerEvidence) -> Iterator[Requirement]:
        """Ask for limits of memory and processors."""
        memory, cpus = container["memory"], container["cpus"]
        if self.memory:
            yield Requirement(
                holds=memory == size_bytes(self.memory),
                expected=f"may use {self.memory} of memory",
                found=f"may use {memory} bytes" if memory else "has no memory limit",
            )
        if self.cpus:
            yield Requirement(
                holds=abs(cpus - self.cpus) < 1e-6,
                expected=f"may use {self.cpus:g} processors",
                found=f"may use {cpus:g} processors" if cpus else "has no processor limit",
            )

    def upkeep_requirements(self, container: ContainerEvidence) -> Iterator[Requirement]:
        """Ask for the health check's verdict and the restart policy."""
        health, restart = container["health"], container["restart"]
        if self.health:
            yield Requirement(
                holds=health == self.health,
                expected=HEALTHS.get(self.health, f"is {self.health}"),
                found=HEALTHS.get(health, f"is {printable(health)}"),
            )
        if self.restart:
            yield Requirement(
                holds=restart == self.restart,
                expected=f"has the restart policy {self.restart}",
                found=f"has the restart policy {printable(restart)}",
            )


def image_requirement(
    name: str, container: ContainerEvidence, docker: DockerEvidence
) -> Requirement:
    """Ask for the image that a container is made from, by its id.

    A container that is older than the image which has the name now is not made from that.
    """
    image, used = docker["image"].get(name), container["image"]
    observed = f"was made from {quoted(used)}"
    if image and image["id"] != container["image_id"] and with_tag(used) == with_tag(name):
        observed = (
            f"was made from what was called {name} before, "
            "and not from the image that has the name now"
        )
    same = image is not None and image["id"] == container["image_id"]
    return Requirement(same, f"was made from the image {name}", observed)


def port_requirements(ports: Sequence[str], published: Sequence[str]) -> Iterator[Requirement]:
    """Ask for each port that is to be published."""
    shown = ", ".join(published[:SHOWN])
    for port in ports:
        yield Requirement(
            holds=any(is_published(port, binding) for binding in published),
            expected=f"publishes {port}",
            found=f"publishes {quoted(shown)}" if published else "publishes no port",
        )


def is_published(port: str, binding: str) -> bool:
    """Whether "8080:80" is published as "0.0.0.0:8080:80/tcp" or its like.

    Addresses may be IPv6's, with colons of their own.
    """
    ports, _, protocol = port.partition("/")
    host, outer, inner = ["", "", *ports.split(":")][-3:]
    address, bound_outer, bound_inner = binding.rsplit(":", 2)
    same_inner = bound_inner == f"{inner}/{protocol or 'tcp'}"
    return same_inner and outer in ("", bound_outer) and host in ("", address)


def mount_requirement(text: str, mounts: Sequence[MountEvidence]) -> Requirement:
    """Ask for a mount, as after `docker run -v`."""
    place, _, mode = text.rpartition(":") if text.endswith((":ro", ":rw")) else (text, "", "")
    source, _, target = place.rpartition(":")
    mount = next((mount for mount in mounts if mount["target"] == target), None)
    if mount is None:
        return Requirement(False, f"has {text} mounted", f"has nothing mounted at {target}")
    access = "writable" if mount["writable"] else "read-only"
    actual_mode = "rw" if mount["writable"] else "ro"
    return Requirement(
        holds=source in ("", mount["source"]) and mode in ("", actual_mode),
        expected=f"has {text} mounted",
        found=f"has {quoted(mount['source'])} mounted at {target}, {access}",
    )


def network_requirement(name: str, networks: Sequence[str]) -> Requirement:
    """Ask for a network that a container is in."""
    shown = ", ".join(networks[:SHOWN])
    observed = f"is in the network {quoted(shown)}" if shown else "is in none"
    return Requirement(name in networks, f"is in the network {name}", observed)


def describe_state(state: str) -> str:
    """Say what a container does, as the end of a sentence that begins with "it"."""
    return STATES.get(state, f"is in an unknown state, {printable(state)}")
