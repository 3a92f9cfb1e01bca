"""What Dockerfiles in lessons may say. They are built by the engine's own builder, so what is checked here is where
images come from, and what would make a machine differ from others: volumes, whose disk nobody bounds.

Source: https://docs.docker.com/reference/dockerfile/
"""

import re
from collections.abc import Iterable, Iterator

from sandboxes.machine_types.images import image_allowed
from sandboxes.machine_types.registry import type_names

OWN_PREFIX = "drydock/"
_COMMENT = re.compile(r"^\s*(#|$)")
_DIRECTIVE = re.compile(r"^#\s*(syntax|escape)\s*=", re.IGNORECASE)
_FROM = re.compile(r"^(?P<image>\S+)(\s+AS\s+(?P<stage>\S+))?$", re.IGNORECASE)
_COPY_FROM = re.compile(r"^(?:--\S+\s+)*?--from=(?P<image>\S+)")

Fault = tuple[int, str, str]
Instruction = tuple[int, str, str]  # its first line, its word in capitals, the rest on one line


def dockerfile_faults(text: str, allowed: Iterable[str]) -> list[Fault]:
    """Line, instruction and what is wrong with it, for each fault."""
    allowed = list(allowed)
    found = list(instructions(text))
    faults: list[Fault] = [
        (number, "directive", "can't be used here") for number, line in _directives(text) if _DIRECTIVE.match(line)
    ]
    if not any(word == "FROM" for _, word, _ in found):
        faults.append((1, "FROM", "is missing"))
    stages: set[str] = set()
    for line, word, rest in found:
        faults += [(line, word, message) for message in _wrong(word, rest, stages, allowed)]
        if word == "FROM" and (match := _FROM.match(rest)) and match["stage"]:
            stages.add(match["stage"].lower())
    return faults


def instructions(text: str) -> Iterator[Instruction]:
    """Every instruction, with lines that go on put together."""
    first, parts = 0, list[str]()
    for number, line in enumerate(text.splitlines(), start=1):
        if _COMMENT.match(line):
            continue
        first = first if parts else number
        goes_on = line.rstrip().endswith("\\")
        parts.append(line.strip().removesuffix("\\").strip())
        if not goes_on:
            yield _instruction(first, " ".join(parts))
            parts = []
    if parts:
        yield _instruction(first, " ".join(parts))


def _instruction(line: int, text: str) -> Instruction:
    word, _, rest = text.partition(" ")
    return line, word.upper(), rest.strip()


def _directives(text: str) -> Iterator[tuple[int, str]]:
    """The comments at the head, which are the only place for parser directives."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("#"):
            return
        yield number, line


def _wrong(word: str, rest: str, stages: set[str], allowed: list[str]) -> Iterator[str]:
    if word == "VOLUME":
        yield "can't be used: nobody bounds a volume's disk"
    elif word == "ONBUILD":
        yield "can't be used: nothing is built from a machine's image"
    elif word == "FROM":
        match = _FROM.match(rest)
        yield from (
            _wrong_image(match["image"], stages, allowed) if match else ("must be FROM image, or FROM image AS name",)
        )
    elif word in ("COPY", "ADD") and (match := _COPY_FROM.match(rest)) and not match["image"].isdecimal():
        yield from _wrong_image(match["image"], stages, allowed)


def _wrong_image(image: str, stages: set[str], allowed: list[str]) -> Iterator[str]:
    own = [f"{OWN_PREFIX}{kind}" for kind in type_names()]
    if "$" in image:
        yield "must name its image plainly, without variables"
    elif not (image.lower() in stages or image in own or image_allowed(image, allowed)):
        yield f"{image} is not allowed here; allowed are {', '.join([*own, *allowed])}"


def with_own_images(text: str, installation: str) -> str:
    """The Dockerfile with `drydock/linux` and the like replaced by what this installation calls them."""
    names = "|".join(map(re.escape, type_names()))
    pattern = re.compile(rf"((?:^\s*FROM\s+|--from=)){OWN_PREFIX}({names})(?=\s|$)", re.IGNORECASE | re.MULTILINE)
    return pattern.sub(rf"\g<1>{installation}/\g<2>:latest", text)
