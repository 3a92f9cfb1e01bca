"""Checks of what the Docker engine in a student's machine has, and of what was pushed to the class's registry.

Where a check asks several things, each that holds earns its share of the points.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from checks.specs.base import OR_PLACEHOLDER, AnyPath, Argument, BaseCheck, Regex
from core.units import UNITS, BadQuantity, parse_quantity

ObjectName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=128), OR_PLACEHOLDER]
ImageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][A-Za-z0-9._/:@-]*$", max_length=255), OR_PLACEHOLDER]
Repository = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+([._/-]+[a-z0-9]+)*$", max_length=120), OR_PLACEHOLDER
]
Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=128), OR_PLACEHOLDER]
Exposed = Annotated[str, StringConstraints(pattern=r"^\d{1,5}(/(tcp|udp|sctp))?$"), OR_PLACEHOLDER]
Published = Annotated[
    str, StringConstraints(pattern=r"^((\d{1,3}\.){3}\d{1,3}:)?(\d{1,5}:)?\d{1,5}(/(tcp|udp|sctp))?$"), OR_PLACEHOLDER
]
# NAME=value, or NAME for whatever value.
Variable = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*(=[\s\S]*)?$", max_length=1000), OR_PLACEHOLDER
]
# /path, SOURCE:/path or SOURCE:/path:ro, as after `docker run -v`.
MountText = Annotated[
    str, StringConstraints(pattern=r"^([A-Za-z0-9_./-]+:)?/[^:]*(:(ro|rw))?$", max_length=500), OR_PLACEHOLDER
]


def size_bytes(text: str) -> int:
    """Bytes of a size with its unit. Raises BadQuantity."""
    return round(parse_quantity(text, UNITS["B"]))


def _size(value: str) -> str:
    try:
        size_bytes(value)
    except BadQuantity as error:
        raise PydanticCustomError("size", "is no size, as 64 MiB or 40 MB: {why}", {"why": str(error)}) from error
    return value


# MiB and GiB are what `docker run -m 64m` counts in, MB and GB what `docker images` prints.
Size = Annotated[str, StringConstraints(max_length=20), AfterValidator(_size), OR_PLACEHOLDER]
ContainerState = Literal["running", "exited", "paused", "created", "absent"]
Health = Literal["healthy", "unhealthy", "starting", "none"]
Restart = Literal["no", "always", "unless-stopped", "on-failure"]
# Of an engine's events. Builds end with image-tagged, and so does `docker tag`.
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


class DockerCheck(BaseCheck):
    """A check that asks the machine's own Docker engine."""


class ContainerCheck(DockerCheck):
    """A container by its name: what state it is in, and what it was started with. What is not given does not matter."""

    kind: Literal["container"] = "container"
    name: Annotated[ObjectName, Field(description="Its name, in the machine's own Docker engine.")]
    state: Annotated[ContainerState, Field(description="`absent`: there should be none of that name.")] = "running"
    ended_with: Annotated[
        int | None, Field(strict=True, ge=0, le=255, description="Exit code of a container that has exited.")
    ] = None
    image: Annotated[ImageName | None, Field(description="The image that it is made from, by name.")] = None
    args: Annotated[
        tuple[Argument, ...], Field(description="What it runs: entrypoint and command, one word a line.")
    ] = ()
    ports: Annotated[tuple[Published, ...], Field(description="8080:80, or 80 for any port outside.")] = ()
    env: Annotated[tuple[Variable, ...], Field(description="NAME=value, or NAME for any value.")] = ()
    mounts: Annotated[tuple[MountText, ...], Field(description="VOLUME:/path, /folder:/path:ro, or /path.")] = ()
    networks: Annotated[tuple[ObjectName, ...], Field(description="Names of networks that it is in.")] = ()
    memory: Annotated[Size | None, Field(description="Its limit: 64 MiB for `-m 64m`.")] = None
    cpus: Annotated[float | None, Field(gt=0, le=256, description="Its limit, as 0.5.")] = None
    health: Annotated[Health | None, Field(description="What its health check has found.")] = None
    restart: Annotated[Restart | None, Field(description="Its restart policy.")] = None

    @model_validator(mode="after")
    def _absent_has_nothing(self) -> Self:
        asked = self.model_fields_set - {"kind", "id", "points", "message", "read", "name", "state", "after", "hidden"}
        if self.state == "absent" and asked:
            raise PydanticCustomError("absent", "says nothing about a container that is not to be there")
        if self.ended_with is not None and self.state != "exited":
            raise PydanticCustomError("ended_with", "needs state exited")
        return self


class ImageCheck(DockerCheck):
    """An image by its name (and tag; latest without)."""

    kind: Literal["image"] = "image"
    name: Annotated[ImageName, Field(description="Its name, in the machine's own Docker engine.")]
    made_here: Annotated[bool, Field(description="It was made after the machine was given to the student.")] = False
    layers_at_most: Annotated[int | None, Field(strict=True, ge=1, le=127)] = None
    size_at_most: Annotated[Size | None, Field(description="As `docker images` prints it: 40 MB.")] = None
    base: Annotated[ImageName | None, Field(description="An image whose layers are its first ones.")] = None
    differs_from: Annotated[ImageName | None, Field(description="An image that is there too, and another one.")] = None
    user: Annotated[Argument | None, Field(description="Whom its processes run as.")] = None
    entrypoint: Annotated[tuple[Argument, ...] | None, Field(description="One word a line.")] = None
    cmd: Annotated[tuple[Argument, ...] | None, Field(description="One word a line.")] = None
    env: Annotated[tuple[Variable, ...], Field(description="NAME=value, or NAME for any value.")] = ()
    exposes: Annotated[tuple[Exposed, ...], Field(description="80/tcp, or 80.")] = ()
    history: Annotated[Regex | None, Field(description="A regular expression, found in a step that made it.")] = None


class NetworkCheck(DockerCheck):
    """A network by its name."""

    kind: Literal["network"] = "network"
    name: Annotated[ObjectName, Field(description="Its name, in the machine's own Docker engine.")]
    driver: Annotated[str | None, StringConstraints(max_length=50)] = None
    internal: Annotated[bool | None, Field(description="Whether it has no way out.")] = None
    members: Annotated[tuple[ObjectName, ...], Field(description="Running containers that are in it, by name.")] = ()


class VolumeCheck(DockerCheck):
    """A volume by its name."""

    kind: Literal["volume"] = "volume"
    name: Annotated[ObjectName, Field(description="Its name, in the machine's own Docker engine.")]
    used_by: Annotated[ObjectName | None, Field(description="A container that has it mounted, running or not.")] = None
    used_at: Annotated[AnyPath | None, Field(description="Where that container has it.")] = None


class ComposeCheck(DockerCheck):
    """A project of docker compose: its services, told by the labels that compose puts on their containers."""

    kind: Literal["compose"] = "compose"
    project: Annotated[ObjectName, Field(description="Its name: the folder's, unless it was given another.")]
    services: Annotated[tuple[ObjectName, ...], Field(min_length=1, max_length=20, description="Those that run.")]


class HistoryCheck(DockerCheck):
    """Something happened in the machine's engine after the machine was given to the student, as its events tell: the
    last 256 of them, unless the student has restarted the engine."""

    kind: Literal["history"] = "history"
    event: EventName
    subject: Annotated[Regex | None, Field(description="A regular expression for the name of what it happened to.")] = (
        None
    )
    image: Annotated[ImageName | None, Field(description="The image that it is made from, by name.")] = None
    times: Annotated[int, Field(strict=True, ge=1, le=100, description="At least so often.")] = 1


class RegistryCheck(BaseCheck):
    """An image in the class's registry, below the student's own name. The registry itself is asked, not the machine."""

    kind: Literal["registry"] = "registry"
    repository: Annotated[Repository, Field(description="Below the student's name: app for registry:5000/ada/app.")]
    tag: Tag = "latest"
    same_as: Annotated[ImageName | None, Field(description="An image in the machine that it is the same as.")] = None
