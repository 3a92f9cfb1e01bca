"""Check which lessons a lesson asks to be done before it.

An author names them: `slug` for a lesson of the same course, `course/slug` for one of another.
Their keys are `course/slug` always.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

LESSON_FOLDER = re.compile(r"^(?P<position>\d{2,4})-(?P<slug>.+)$")
FIELD = "prerequisites"

Fault = tuple[int, str]  # the index of a lesson's prerequisite, and what is wrong with it
Graph = Mapping[str, Sequence[str]]  # the keys of each lesson's prerequisites, by its own key


def full_keys(course: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the keys of lessons as a lesson of `course` names them."""
    return tuple(name if "/" in name else f"{course}/{name}" for name in names)


def short_name(course: str, key: str) -> str:
    """Return how a lesson of `course` names the lesson with this key."""
    return key.removeprefix(f"{course}/")


def folder_faults(folder: Path, slug: str, names: Sequence[str]) -> list[Fault]:
    """Find what is wrong with the prerequisites of the lesson in this folder.

    That is as far as the folders around it tell: it names itself, a lesson twice, or one that is
    not there.
    """
    course = folder.parent.name
    keys = full_keys(course, names)
    faults = []
    for index, (name, key) in enumerate(zip(names, keys, strict=True)):
        if key == f"{course}/{slug}":
            faults.append((index, "a lesson can't come before itself"))
        elif key in keys[:index]:
            faults.append((index, f"{name} is there twice"))
        elif not lesson_exists(folder.parent.parent, key):
            faults.append((index, f"there is no lesson {name}"))
    return faults


def lesson_exists(root: Path, key: str) -> bool:
    """Whether one of the folders below `root` holds the lesson with this key."""
    course, _, slug = key.partition("/")
    folders = (path.parent.name for path in (root / course).glob("*/lesson.md"))
    return any(match["slug"] == slug for match in map(LESSON_FOLDER.match, folders) if match)


def cycle_faults(key: str, graph: Graph) -> list[Fault]:
    """Find those of the lesson's prerequisites that ask for the lesson itself in the end."""
    faults = []
    for index, first in enumerate(graph.get(key, ())):
        path = shortest_path(first, key, graph) if first != key else None
        if path:
            faults.append((index, f"goes round in a circle: {' → '.join((key, *path))}"))
    return faults


def shortest_path(start: str, goal: str, graph: Graph) -> tuple[str, ...] | None:
    """Return the shortest way along prerequisites, both ends included; None without one."""
    paths: list[tuple[str, ...]] = [(start,)]
    visited = {start}
    for path in paths:
        if path[-1] == goal:
            return path
        fresh = [key for key in graph.get(path[-1], ()) if key not in visited]
        visited.update(fresh)
        paths += [(*path, key) for key in fresh]
    return None
