"""Check the Dockerfiles of lessons.

The engine's own builder builds them, so what is checked is where images come from, and what would
make a machine differ from others: volumes, whose size can't be limited.

Source: https://docs.docker.com/reference/dockerfile/
"""

import re
from collections.abc import Iterable, Iterator

from sandboxes.machine_types.images import image_allowed
from sandboxes.machine_types.registry import type_names

OWN_PREFIX = "drydock/"
SKIPPED_LINE = re.compile(r"^\s*(#|$)")
DIRECTIVE = re.compile(r"^#\s*(syntax|escape)\s*=", re.IGNORECASE)
FROM = re.compile(r"^(?P<image>\S+)(\s+AS\s+(?P<stage>\S+))?$", re.IGNORECASE)
COPY_FROM = re.compile(r"^(?:--\S+\s+)*?--from=(?P<image>\S+)")

Fault = tuple[int, str, str]  # line, instruction and what is wrong with it
Instruction = tuple[int, str, str]  # its first line, its word in capitals, the rest on one line


def dockerfile_faults(text: str, allowed: Iterable[str]) -> list[Fault]:
    """Find the faults of a Dockerfile; `allowed` are the operator's patterns of images."""
    allowed = list(allowed)
    faults: list[Fault] = [
        (number, "directive", "can't be used here")
        for number, line in head_comments(text)
        if DIRECTIVE.match(line)
    ]
    if not any(word == "FROM" for _, word, _ in instructions(text)):
        faults.append((1, "FROM", "is missing"))
    stages: set[str] = set()
    for line, word, rest in instructions(text):
        faults += [(line, word, message) for message in check(word, rest, stages, allowed)]
        if word == "FROM" and (match := FROM.match(rest)) and match["stage"]:
            stages.add(match["stage"].lower())
    return faults


def instructions(text: str) -> Iterator[Instruction]:
    """Yield every instruction, put together from its lines."""
    first_line, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        if SKIPPED_LINE.match(line):
            continue
        first_line = first_line if parts else number
        parts.append(line.strip().removesuffix("\\").strip())
        if not line.rstrip().endswith("\\"):
            yield instruction(first_line, parts)
            parts = []
    if parts:
        yield instruction(first_line, parts)


def instruction(line: int, parts: Iterable[str]) -> Instruction:
    """Split an instruction into its word and the rest."""
    word, _, rest = " ".join(parts).partition(" ")
    return line, word.upper(), rest.strip()


def head_comments(text: str) -> Iterator[tuple[int, str]]:
    """Yield the comments at the head, the only place for parser directives, with their lines."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("#"):
            return
        yield number, line


def check(word: str, rest: str, stages: set[str], allowed: list[str]) -> Iterator[str]:
    """Yield what is wrong with an instruction; `stages` are the names of those above it."""
    if word == "VOLUME":
        yield "can't be used: a volume's size can't be limited"
    elif word == "ONBUILD":
        yield "can't be used: nothing is built from a machine's image"
    elif word == "FROM":
        if match := FROM.match(rest):
            yield from check_image(match["image"], stages, allowed)
        else:
            yield "must be FROM image, or FROM image AS name"
    elif word in ("COPY", "ADD"):
        match = COPY_FROM.match(rest)
        if match and not match["image"].isdecimal():
            yield from check_image(match["image"], stages, allowed)


def check_image(image: str, stages: set[str], allowed: list[str]) -> Iterator[str]:
    """Yield what is wrong with the image that an instruction names."""
    own = [f"{OWN_PREFIX}{name}" for name in type_names()]
    if "$" in image:
        yield "must name its image plainly, without variables"
    elif not (image.lower() in stages or image in own or image_allowed(image, allowed)):
        yield f"{image} is not allowed here; allowed are {', '.join([*own, *allowed])}"


def with_own_images(text: str, installation: str) -> str:
    """Replace `drydock/linux` and the like by what this installation calls those images."""
    names = "|".join(map(re.escape, type_names()))
    pattern = re.compile(
        rf"((?:^\s*FROM\s+|--from=)){OWN_PREFIX}({names})(?=\s|$)", re.IGNORECASE | re.MULTILINE
    )
    return pattern.sub(rf"\g<1>{installation}/\g<2>:latest", text)
