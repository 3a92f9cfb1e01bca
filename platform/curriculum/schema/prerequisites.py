"""What a lesson asks to be done before it: names of lessons, `slug` for one of the same course, `course/slug` for one
of another. Their keys are `course/slug` always."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

LESSON_FOLDER = re.compile(r"^(?P<position>\d{2,4})-(?P<slug>.+)$")
FIELD = "prerequisites"

Fault = tuple[int, str]  # which of a lesson's prerequisites, and what is wrong with it
Graph = Mapping[str, Sequence[str]]  # the keys of what each lesson asks for, by its own key


def full_keys(course: str, names: Iterable[str]) -> tuple[str, ...]:
    """The keys of lessons that one of `course` names."""
    return tuple(name if "/" in name else f"{course}/{name}" for name in names)


def short_name(course: str, key: str) -> str:
    """How a lesson of `course` names the one with this key."""
    return key.removeprefix(f"{course}/")


def folder_faults(folder: Path, slug: str, names: Sequence[str]) -> list[Fault]:
    """What is wrong with the prerequisites of the lesson in this folder, as far as the folders around it tell: it names
    itself, one twice, or one that is not there."""
    course = folder.parent.name
    keys = full_keys(course, names)
    faults = []
    for index, (name, key) in enumerate(zip(names, keys, strict=True)):
        if key == f"{course}/{slug}":
            faults.append((index, "a lesson can't come before itself"))
        elif key in keys[:index]:
            faults.append((index, f"{name} is there twice"))
        elif not _exists(folder.parent.parent, key):
            faults.append((index, f"there is no lesson {name}"))
    return faults


def _exists(root: Path, key: str) -> bool:
    course, _, slug = key.partition("/")
    matches = map(LESSON_FOLDER.match, (path.parent.name for path in (root / course).glob("*/lesson.md")))
    return any(match["slug"] == slug for match in matches if match)


def cycle_faults(key: str, graph: Graph) -> list[Fault]:
    """Those of the lesson's prerequisites that ask for the lesson itself in the end."""
    faults = []
    for index, first in enumerate(graph.get(key, ())):
        way = _way(first, key, graph) if first != key else None
        if way:
            faults.append((index, f"goes round in a circle: {' → '.join((key, *way))}"))
    return faults


def _way(start: str, goal: str, graph: Graph) -> tuple[str, ...] | None:
    """The shortest way from one lesson to another along prerequisites, both included; None when there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == goal:
            return way
        fresh = [key for key in graph.get(way[-1], ()) if key not in seen]
        seen.update(fresh)
        ways += [(*way, key) for key in fresh]
    return None
