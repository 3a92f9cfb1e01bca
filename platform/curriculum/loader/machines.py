"""Check what a lesson makes its machines from.

That is an image that the operator allows, or a Dockerfile that begins from one or from one of
Drydock's own (`FROM drydock/linux`). A machine gets a plain Linux machine's limits either way.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from curriculum.errors import LessonFileError
from curriculum.loader.dockerfiles import dockerfile_faults
from curriculum.loader.sources import Source, read_text
from curriculum.schema.specs import LessonMachine
from sandboxes.machine_types.images import image_allowed

MACHINES_FOLDER = "machines"


def machine_errors(
    folder: Path, source: Source, machines: Iterable[LessonMachine]
) -> list[LessonFileError]:
    """Find the faults of the machines that front matter names, and of their Dockerfiles."""
    machines = list(machines)
    errors = [
        error
        for index, machine in enumerate(machines)
        for error in faults_of_machine(folder, source, index, machine)
    ]
    return errors + list(unused_folder_errors(folder, machines))


def faults_of_machine(
    folder: Path, source: Source, index: int, machine: LessonMachine
) -> Iterator[LessonFileError]:
    """Yield each fault of one machine; `index` is its place in the front matter."""
    path = f"{MACHINES_FOLDER}/{machine.name}/Dockerfile"
    dockerfile = folder / path
    if machine.image and not image_allowed(machine.image, settings.IMAGES_ALLOWED):
        message = f"{machine.image} {not_allowed_message()}"
        yield source.error(("machines", index, "image"), message)
    if machine.is_built and dockerfile.is_file():
        yield from dockerfile_errors(dockerfile)
    elif machine.is_built:
        message = f"is missing; without a kind or an image there must be {path}"
        yield source.error(("machines", index, "kind"), message)
    elif dockerfile.is_file():
        field = "kind" if machine.kind else "image"
        yield source.error(("machines", index, field), f"must go when there is {path}")


def dockerfile_errors(file: Path) -> Iterator[LessonFileError]:
    """Yield each fault of a Dockerfile, with its line."""
    try:
        text = read_text(file)
    except LessonFileError as error:
        yield error
        return
    for line, instruction, message in dockerfile_faults(text, settings.IMAGES_ALLOWED):
        yield LessonFileError(file, line, instruction, message)


def unused_folder_errors(
    folder: Path, machines: Iterable[LessonMachine]
) -> Iterator[LessonFileError]:
    """Yield a fault for each folder of a machine that the lesson does not have."""
    names = {machine.name for machine in machines}
    root = folder / MACHINES_FOLDER
    for path in sorted(root.iterdir()) if names and root.is_dir() else ():
        if path.is_dir() and path.name not in names:
            message = f"the lesson has no machine named {path.name}"
            yield LessonFileError(path / "Dockerfile", 1, "folder", message)


def not_allowed_message() -> str:
    """Return the end of a sentence that begins with an image's name."""
    if allowed := ", ".join(settings.IMAGES_ALLOWED):
        return f"is not allowed here; allowed are {allowed}"
    return "is not allowed: the operator allows no images"
