"""Check images of a machine's Docker engine."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from checks.base import (
    Argument,
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
    Variable,
    docker_of,
    fake_engine,
    variable_requirements,
    with_tag,
)
from checks.evidence.docker_schema import DockerEvidence, ImageEvidence
from checks.evidence.docker_session import DockerSession
from checks.evidence.schema import Evidence
from checks.registry import CHECK_KINDS
from checks.wording import is_script, pattern_words
from core.specs import patterns
from core.specs.error_messages import shape
from core.specs.fields import OR_PLACEHOLDER, Regex
from core.specs.outcomes import CheckOutcome, quoted
from core.units import UNITS, format_quantity

ExposedPort = Annotated[
    str,
    StringConstraints(
        pattern=shape(r"^\d{1,5}(/(tcp|udp|sctp))?$", "must be a port, as in 80 or 53/udp")
    ),
    OR_PLACEHOLDER,
]


@CHECK_KINDS.register(position=80)
class ImageCheck(DockerCheck):
    """Check an image by its name (and tag; latest without)."""

    kind: Literal["image"] = "image"
    name: Annotated[ImageName, Field(description="Its name, in the machine's own Docker engine.")]
    made_here: Annotated[
        bool, Field(description="It was made after the machine was given to the student.")
    ] = False
    layers_at_most: Annotated[int | None, Field(strict=True, ge=1, le=127)] = None
    size_at_most: Annotated[
        Size | None, Field(description="As `docker images` prints it: 40 MB.")
    ] = None
    base: Annotated[
        ImageName | None, Field(description="An image whose layers are its first ones.")
    ] = None
    differs_from: Annotated[
        ImageName | None, Field(description="An image that is there too, and another one.")
    ] = None
    user: Annotated[Argument | None, Field(description="Whom its processes run as.")] = None
    entrypoint: Annotated[tuple[Argument, ...] | None, Field(description="One word a line.")] = None
    cmd: Annotated[tuple[Argument, ...] | None, Field(description="One word a line.")] = None
    env: Annotated[
        tuple[Variable, ...], Field(description="NAME=value, or NAME for any value.")
    ] = ()
    exposes: Annotated[tuple[ExposedPort, ...], Field(description="80/tcp, or 80.")] = ()
    history: Annotated[
        Regex | None, Field(description="A regular expression, found in a step that made it.")
    ] = None

    @model_validator(mode="after")
    def refuse_command_lines(self) -> Self:
        """Raise PydanticCustomError for a command line where a word belongs."""
        refuse_words_in_program(self.entrypoint or (), "entrypoint")
        refuse_words_in_program(self.cmd or (), "cmd")
        return self

    def code(self) -> dict[str, str]:
        """Return what no student is shown, by field: patterns, and scripts that it should run."""
        commands = {"entrypoint": self.entrypoint or (), "cmd": self.cmd or ()}
        scripts = {name: "\n".join(argv) for name, argv in commands.items() if is_script(argv)}
        return super().code() | scripts

    def ask_engine(self, session: DockerSession) -> None:
        """Ask for the image, and for those that it is compared with."""
        for name in filter(None, (self.name, self.base, self.differs_from)):
            session.add_image(name)

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Hold the image against what is asked of it."""
        docker, subject = docker_of(evidence), f"an image {with_tag(self.name)}"
        if fake := fake_engine(docker, subject):
            return fake
        if self.name not in docker["image"]:
            raise self.unrelated_evidence()
        image = docker["image"][self.name]
        if image is None:
            return CheckOutcome(False, subject, "no image of that name")
        return outcome_of(subject, list(self.requirements(image, docker)))

    def requirements(self, image: ImageEvidence, docker: DockerEvidence) -> Iterator[Requirement]:
        """Ask everything of an image that is there."""
        yield Requirement(
            holds=image["whole"] is not False,
            expected="is there",
            found="is named by the engine, but its layers are not on the disk",
        )
        if self.made_here:
            old = "was made before this machine was yours"
            yield Requirement(image["created"] >= docker["opened"], "was made here", old)
        if self.base:
            yield base_requirement(self.base, image, docker)
        if self.differs_from:
            yield difference_requirement(self.differs_from, image, docker)
        yield from self.size_requirements(image)
        yield from self.start_requirements(image)
        yield from variable_requirements(self.env, image["env"])
        yield from (port_requirement(port, image["exposes"]) for port in self.exposes)
        if self.history:
            pattern = self.history
            yield Requirement(
                holds=any(patterns.matches(pattern, step) for step in image["steps"]),
                expected=pattern_words(
                    pattern,
                    whole="was made by the step {}",
                    part="was made by a step with {} in it",
                    otherwise="was made by the step that the task asks for",
                ),
                found=f"was made by {len(image['steps'])} other steps",
            )

    def size_requirements(self, image: ImageEvidence) -> Iterator[Requirement]:
        """Ask that the image has no more layers or bytes than allowed."""
        if self.layers_at_most:
            count = len(image["layers"])
            expected = f"has at most {self.layers_at_most} layers"
            yield Requirement(count <= self.layers_at_most, expected, f"has {count} layers")
        if self.size_at_most:
            size = format_quantity(image["size"] / UNITS["MB"].per, UNITS["MB"])
            yield Requirement(
                holds=image["size"] <= size_bytes(self.size_at_most),
                expected=f"takes at most {self.size_at_most}",
                found=f"takes {size}",
            )

    def start_requirements(self, image: ImageEvidence) -> Iterator[Requirement]:
        """Ask what containers of the image run, and as whom."""
        if self.user is not None:
            root = "names no user, so that it runs as root"
            yield Requirement(
                holds=image["user"] == self.user,
                expected=f"runs as {self.user}",
                found=f"runs as {quoted(image['user'])}" if image["user"] else root,
            )
        yield from command_requirement("entrypoint", self.entrypoint, image["entrypoint"])
        yield from command_requirement("command", self.cmd, image["cmd"])


def base_requirement(name: str, image: ImageEvidence, docker: DockerEvidence) -> Requirement:
    """Ask that an image is built on another.

    It has more layers than that, or a configuration of its own.
    """
    base = docker["image"].get(name)
    layers = base["layers"] if base else []
    begins_alike = bool(layers) and image["layers"][: len(layers)] == layers
    other = f"has other first layers than {name}"
    return Requirement(
        holds=begins_alike and base is not None and image["id"] != base["id"],
        expected=f"begins with the layers of {name}",
        found=other if base else f"can't be compared, as there is no image {name}",
    )


def difference_requirement(name: str, image: ImageEvidence, docker: DockerEvidence) -> Requirement:
    """Ask that an image is not the same as another."""
    other = docker["image"].get(name)
    same = f"is the same image as {name}"
    return Requirement(
        holds=other is not None and other["id"] != image["id"],
        expected=f"is a different image from {name}",
        found=same if other else f"can't be compared, as there is no image {name}",
    )


def command_requirement(
    part: str, expected: Sequence[str] | None, actual: Sequence[str]
) -> Iterator[Requirement]:
    """Ask for an entrypoint or a command."""
    if expected is not None:
        yield Requirement(
            holds=list(expected) == list(actual),
            expected=f"has the {part} {asked_text(expected)}",
            found=f"has the {part} {command_text(actual)}",
        )


def asked_text(arguments: Sequence[str]) -> str:
    """Return a command that is asked for; a script is not shown."""
    return "that the task asks for" if is_script(arguments) else command_text(arguments)


def command_text(arguments: Sequence[str]) -> str:
    return quoted(" ".join(arguments)) if arguments else "of nobody: there is none"


def port_requirement(port: str, exposes: Sequence[str]) -> Requirement:
    """Ask for a port that is to be exposed."""
    expected = port if "/" in port else f"{port}/tcp"
    shown = ", ".join(exposes[:SHOWN])
    observed = f"exposes {quoted(shown)}" if shown else "exposes no port"
    return Requirement(expected in exposes, f"exposes {expected}", observed)
