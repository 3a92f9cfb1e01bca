"""What a lesson may make its machines from: images that the operator allows, and Dockerfiles that begin from those or
from Drydock's own (`FROM drydock/linux`). A machine gets a plain Linux machine's limits either way."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from curriculum.errors import LessonFileError
from curriculum.loader.dockerfiles import dockerfile_faults
from curriculum.loader.sources import Source, read_text
from curriculum.schema.specs import MachineSpec
from sandboxes.machine_types.images import image_allowed

MACHINES_FOLDER = "machines"


def machine_errors(folder: Path, source: Source, machines: Iterable[MachineSpec]) -> list[LessonFileError]:
    """Every fault of the machines that a lesson's front matter (`source`) names, and of their Dockerfiles."""
    named = list(machines)
    errors = [error for index, machine in enumerate(named) for error in _faults(folder, source, index, machine)]
    return errors + list(_unused(folder, named))


def _faults(folder: Path, source: Source, index: int, machine: MachineSpec) -> Iterator[LessonFileError]:
    dockerfile = folder / MACHINES_FOLDER / machine.name / "Dockerfile"
    if machine.image and not image_allowed(machine.image, settings.IMAGES_ALLOWED):
        yield source.error(("machines", index, "image"), f"{machine.image} {not_allowed()}")
    if machine.is_built:
        if dockerfile.is_file():
            yield from _dockerfile_errors(dockerfile)
        else:
            missing = (
                f"is missing; without a kind or an image there must be {MACHINES_FOLDER}/{machine.name}/Dockerfile"
            )
            yield source.error(("machines", index, "kind"), missing)
    elif dockerfile.is_file():
        field = "kind" if machine.kind else "image"
        yield source.error(
            ("machines", index, field), f"must go when there is {MACHINES_FOLDER}/{machine.name}/Dockerfile"
        )


def _dockerfile_errors(file: Path) -> Iterator[LessonFileError]:
    try:
        text = read_text(file)
    except LessonFileError as error:
        yield error
        return
    for line, instruction, message in dockerfile_faults(text, settings.IMAGES_ALLOWED):
        yield LessonFileError(file, line, instruction, message)


def _unused(folder: Path, machines: Iterable[MachineSpec]) -> Iterator[LessonFileError]:
    names = {machine.name for machine in machines}
    root = folder / MACHINES_FOLDER
    for path in sorted(root.iterdir()) if names and root.is_dir() else ():
        if path.is_dir() and path.name not in names:
            yield LessonFileError(path / "Dockerfile", 1, "folder", f"the lesson has no machine named {path.name}")


def not_allowed() -> str:
    """The end of a sentence about an image."""
    allowed = ", ".join(settings.IMAGES_ALLOWED)
    return f"is not allowed here; allowed are {allowed}" if allowed else "is not allowed: the operator allows no images"
