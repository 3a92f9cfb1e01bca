"""Look up the registry's state for rules.py, and lock it for deleting.

Safe to use from many threads.
"""

import contextlib
import json
import shutil
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from .storage import Storage
from .tokens import LIBRARY_OWNER

# Docker asks several times a second during a push; walking the files each time would be waste.
KNOWN_SECONDS = 1.0
# The disk is shared with students' machines; so much of it is not the registry's to fill.
FREE_BYTES = 256 << 20
MB = 1_000_000


@dataclass(frozen=True)
class Bounds:
    """Bound what an owner may have and what everything may take, in bytes."""

    owner_bytes: int
    total_bytes: int


class State:
    """Answer for rules.Facts from the registry's files."""

    def __init__(self, root: Path, bounds: Bounds) -> None:
        self.storage = Storage(root)
        self.bounds = bounds
        self._root = root
        self._lock = threading.RLock()
        self._courses_file = root / "courses.json"
        self._courses = read_courses(self._courses_file)
        self._known: dict[str, tuple[float, tuple[int, int]]] = {}
        self._known_total = (0.0, 0)

    # -- courses

    def courses_of(self, repository: str) -> set[str]:
        return set(self._courses.get(repository, ()))

    def note_push(self, repository: str, course: str) -> None:
        """Record that a sandbox of the course has pushed to a repository."""
        with self._lock:
            if course and course not in self._courses.get(repository, ()):
                self._courses[repository] = sorted({*self._courses.get(repository, ()), course})
                self._write_courses()

    def _write_courses(self) -> None:
        unfinished = self._courses_file.with_suffix(".new")
        unfinished.write_text(json.dumps(self._courses))
        unfinished.replace(self._courses_file)

    # -- room

    def full(self, owner: str) -> str:
        """Return why an owner may not upload now, "" while they may.

        While layers come nobody knows yet what image they belong to, so that they are refused only
        when there is no room at all, or when it is more than any push may bring. What the platform
        pushes counts for nobody and needs only a disk.
        """
        if owner == LIBRARY_OWNER:
            free = shutil.disk_usage(self._root).free
            return "" if free >= FREE_BYTES else "the registry's disk is full"
        used, held = self._sizes(owner)
        if used >= self.bounds.owner_bytes:
            used = self._make_room(owner)
        if used >= self.bounds.owner_bytes:
            return self._quota_message(f"your images take {used / MB:.0f} MB")
        if held > used + 2 * self.bounds.owner_bytes:
            self._drop_refused(owner)
            return self._quota_message("this is more than fits")
        if self._total_is_full():
            self.collect()
            if self._total_is_full():
                return "the registry's disk is full. Try again later, or tell your instructor"
        return ""

    def refuse_image(self, repository: str, references: Collection[str]) -> str:
        """Return why an image with these layers does not fit, "" when it does.

        Its layers are let go when it does not.
        """
        owner = repository.partition("/")[0]
        if owner == LIBRARY_OWNER:
            return ""
        with self._lock:
            used = self.storage.used(owner, repository, references)
            if used > self.bounds.owner_bytes:
                self._make_room(owner)
                used = self.storage.used(owner, repository, references)
            if used <= self.bounds.owner_bytes:
                return ""
            self.storage.drop_unreferenced(self.storage.repository(repository))
        return self._quota_message(f"with this image yours would take {used / MB:.0f} MB")

    def _quota_message(self, what: str) -> str:
        return (
            f"{what}, and you have {self.bounds.owner_bytes / MB:.0f} MB. "
            "See what there is with: registry ls - "
            "delete what you do not need with: registry rm NAME:TAG"
        )

    def _sizes(self, owner: str) -> tuple[int, int]:
        """Return the bytes used and held, as of a moment ago."""
        measured_at, sizes = self._known.get(owner, (0.0, (0, 0)))
        if time.monotonic() - measured_at > KNOWN_SECONDS:
            sizes = (self.storage.used(owner), self.storage.held(owner))
            self._known[owner] = (time.monotonic(), sizes)
        return sizes

    def _make_room(self, owner: str) -> int:
        """Drop manifests whose tag a newer push took; return what is used then."""
        with self._lock:
            for repository in self.storage.repositories(owner):
                self.storage.drop_untagged(repository)
            self._known.pop(owner, None)
            return self.storage.used(owner)

    def _drop_refused(self, owner: str) -> None:
        """Drop what a refused push has brought, which must not count against the next one."""
        with self._lock:
            self.storage.drop_uploads(owner)
            for repository in self.storage.repositories(owner):
                self.storage.drop_unreferenced(repository)
            self._known.pop(owner, None)

    def _total_is_full(self) -> bool:
        measured_at, total = self._known_total
        if time.monotonic() - measured_at > KNOWN_SECONDS:
            total = self.storage.total(without=LIBRARY_OWNER)
            self._known_total = (time.monotonic(), total)
        return total > self.bounds.total_bytes or shutil.disk_usage(self._root).free < FREE_BYTES

    def burst(self) -> bool:
        """Whether uploads under way have passed the bound by more than a push may.

        Somebody does that on purpose.
        """
        total = self.storage.total(without=LIBRARY_OWNER)
        return total > self.bounds.total_bytes + self.bounds.owner_bytes

    # -- deleting

    def delete(self, name: str, reference: str) -> bool:
        with self._lock:
            self._forget_sizes()
            return self.storage.delete(name, reference)

    def delete_repository(self, name: str) -> bool:
        with self._lock:
            self._forget_sizes()
            return self.storage.delete_repository(name)

    def forget(self, owner: str) -> None:
        """Delete everything of an owner's, and what is known about it."""
        with self._lock:
            self.storage.forget(owner)
            self._forget_sizes()
            self._courses = {
                name: of for name, of in self._courses.items() if name.partition("/")[0] != owner
            }
            self._write_courses()

    def collect(self) -> int:
        """Collect as Storage.collect does, under the lock."""
        with self._lock:
            self._forget_sizes()
            return self.storage.collect()

    def _forget_sizes(self) -> None:
        self._known.clear()
        self._known_total = (0.0, 0)


def read_courses(file: Path) -> dict[str, list[str]]:
    with contextlib.suppress(OSError, ValueError):
        courses = json.loads(file.read_text())
        if isinstance(courses, dict):
            return courses
    return {}
