"""Read and delete docker-registry's files: whose they are, and how much room they take.

The layout is that of distribution 2.x (registry/storage/paths.go). In `repositories/<name>/`:
`_manifests/revisions/sha256/<hex>/link`, `_manifests/tags/<tag>/current/link`,
`_layers/sha256/<hex>/link`, `_uploads/<uuid>/data`; and the contents once for all of them in
`blobs/sha256/<2 hex>/<hex>/data`. The registry runs without a cache of its own, so it sees at once
what is deleted here. Sizes are in bytes, ages in seconds.
"""

import json
import os
import re
import shutil
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

# A push that has not ended with its manifest after this long never will.
UNFINISHED_SECONDS = 3600
# Between moving a blob to its place and linking it the registry needs milliseconds.
UNLINKED_SECONDS = 60
MANIFEST_BYTES = 4 << 20
# What a link or a tag counts for: about what its files take, so that a million empty tags are not
# free.
LINK_BYTES = 4096
TAGS_SHOWN = 50  # of a repository, to the platform
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class ListedImage:
    """List one tag for its owner; `tag` is "" for a manifest that has none any more."""

    repository: str
    tag: str
    digest: str
    bytes: int


class Repository:
    """Read and unlink in one repository's folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name

    @property
    def tags(self) -> dict[str, str]:
        """Return digests by tag."""
        digests = {
            path.parts[-3]: text_of(path)
            for path in self.folder.glob("_manifests/tags/*/current/link")
        }
        return {tag: digest for tag, digest in digests.items() if DIGEST.fullmatch(digest)}

    @property
    def revisions(self) -> dict[str, float]:
        """Return when each manifest was pushed, by digest."""
        return link_times(self.folder / "_manifests" / "revisions" / "sha256")

    @property
    def layers(self) -> dict[str, float]:
        """Return when each layer or configuration was linked, by digest."""
        return link_times(self.folder / "_layers" / "sha256")

    def unlink_revision(self, digest: str) -> None:
        remove_folder(self.folder / "_manifests" / "revisions" / digest.replace(":", "/"))

    def unlink_tag(self, tag: str) -> None:
        remove_folder(self.folder / "_manifests" / "tags" / tag)

    def unlink_layer(self, digest: str) -> None:
        remove_folder(self.folder / "_layers" / digest.replace(":", "/"))

    def uploads(self) -> Iterator[Path]:
        yield from self.folder.glob("_uploads/*")


class Storage:
    """Read and delete all that a registry has, below `root` (its `rootdirectory`)."""

    def __init__(self, root: Path) -> None:
        self._base = root / "docker" / "registry" / "v2"
        self._repositories = self._base / "repositories"

    # -- looking

    def repositories(self, owner: str = "") -> Iterator[Repository]:
        """Yield every repository, or those below one owner's name."""
        for folder, inner, _ in os.walk(self._repositories / owner):
            if any(name in inner for name in ("_manifests", "_layers", "_uploads")):
                path = Path(folder)
                yield Repository(path, path.relative_to(self._repositories).as_posix())
            inner[:] = [name for name in inner if not name.startswith("_")]

    def repository(self, name: str) -> Repository:
        """Return the repository of a name, there or not.

        The name has been checked for what names may hold.
        """
        return Repository(self._repositories / name, name)

    def owners(self) -> list[str]:
        return sorted(path.name for path in self._repositories.glob("*") if path.is_dir())

    def used(self, owner: str, coming: str = "", references: Collection[str] = ()) -> int:
        """Return what an owner's images take, each blob counted once for each repository.

        With `coming`, count one more manifest, that names `references`, in that repository.
        """
        there = {repository.name: repository for repository in self.repositories(owner)}
        names = {*there, coming} if coming else there
        extra = {coming: set(references)}
        return sum(
            self.images_bytes(self.repository(name), extra.get(name, set())) for name in names
        )

    def images_bytes(self, repository: Repository, references: set[str]) -> int:
        revisions = set(repository.revisions)
        blobs = (
            revisions
            | references
            | {named for digest in revisions for named in self.references(digest)}
        )
        return LINK_BYTES * (len(blobs) + len(repository.tags)) + sum(map(self.blob_bytes, blobs))

    def held(self, owner: str) -> int:
        """Return what an owner's repositories keep on the disk.

        That is with what pushes under way or broken off have brought.
        """
        return sum(self.held_bytes(repository) for repository in self.repositories(owner))

    def held_bytes(self, repository: Repository) -> int:
        uploads = sum(size_of(path / "data") for path in repository.uploads())
        return uploads + sum(map(self.blob_bytes, {*repository.layers, *repository.revisions}))

    def total(self, without: str = "") -> int:
        """Return what everything takes on the disk, but for what one owner's repositories link."""
        linked = {
            digest
            for repository in (self.repositories(without) if without else ())
            for digest in (*repository.layers, *repository.revisions)
        }
        blobs = sum(
            size_of(path)
            for path in self._base.glob("blobs/sha256/*/*/data")
            if f"sha256:{path.parent.name}" not in linked
        )
        return blobs + sum(
            size_of(path / "data")
            for repository in self.repositories()
            for path in repository.uploads()
        )

    def blob_bytes(self, digest: str) -> int:
        return size_of(self._blob(digest))

    def listing(self, owner: str) -> list[ListedImage]:
        """List everything that an owner can delete, by name."""
        return [line for repository in self.repositories(owner) for line in self._lines(repository)]

    def _lines(self, repository: Repository) -> Iterator[ListedImage]:
        tags = repository.tags
        children = {child for digest in tags.values() for child in self.references(digest)}
        for tag, digest in sorted(tags.items()):
            yield ListedImage(repository.name, tag, digest, self.image_bytes(digest))
        for digest in sorted(set(repository.revisions) - set(tags.values()) - children):
            yield ListedImage(repository.name, "", digest, self.image_bytes(digest))

    def describe(self, name: str, tag: str) -> dict[str, object]:
        """Describe what a repository has under a tag.

        The digests of the manifest and of the image's configuration (its id in an engine), its
        layers, its bytes, and all tags of the repository; "" and nothing where there is no such
        tag.
        """
        repository = self.repository(name)
        tags = repository.tags
        manifest = self._manifest(tags.get(tag, ""))
        config, layers = manifest.get("config"), manifest.get("layers")
        return {
            "digest": tags.get(tag, ""),
            "config": str(config.get("digest", "")) if isinstance(config, dict) else "",
            "layers": len(layers) if isinstance(layers, list) else 0,
            "bytes": self.image_bytes(tags[tag]) if tag in tags else 0,
            "tags": sorted(tags)[:TAGS_SHOWN],
        }

    def image_bytes(self, digest: str) -> int:
        named = self.references(digest)
        inner = {deeper for digest in named for deeper in self.references(digest)}
        return sum(map(self.blob_bytes, {digest, *named, *inner}))

    def references(self, digest: str) -> set[str]:
        """Return the digests that a manifest names; none where it isn't a manifest."""
        return digests_in(self._manifest(digest))

    def _manifest(self, digest: str) -> dict[str, object]:
        """Return a manifest's content; empty where it isn't a manifest."""
        blob = self._blob(digest)
        if not 0 < size_of(blob) < MANIFEST_BYTES:
            return {}
        try:
            manifest = json.loads(blob.read_bytes())
        except (OSError, ValueError):
            return {}
        return manifest if isinstance(manifest, dict) else {}

    def _blob(self, digest: str) -> Path:
        value = digest.rpartition(":")[2]
        return self._base / "blobs" / "sha256" / value[:2] / value / "data"

    # -- deleting

    def delete(self, name: str, reference: str) -> bool:
        """Delete a tag, and its image when no other tag names it, or a digest with all its tags.

        Returns False when there is no such thing. The room is free for its owner at once, on the
        disk after the next collection.
        """
        repository = self.repository(name)
        digest = repository.tags.get(reference, reference)
        if digest not in repository.revisions:
            return False
        gone = (
            [reference]
            if digest != reference
            else [tag for tag, tagged in repository.tags.items() if tagged == digest]
        )
        for tag in gone:
            repository.unlink_tag(tag)
        self.drop_untagged(repository)
        return True

    def delete_repository(self, name: str) -> bool:
        """Delete a repository with all its tags. Those whose name goes on below it stay."""
        repository = self.repository(name)
        there = bool(repository.revisions)
        for part in ("_manifests", "_layers", "_uploads"):
            remove_folder(repository.folder / part)
        return there

    def forget(self, owner: str) -> None:
        """Delete all of an owner's."""
        if owner:
            remove_folder(self._repositories / owner)

    def drop_uploads(self, owner: str = "") -> None:
        """Drop uploads under way, of one owner or of all.

        The registry answers the rest of them with an error.
        """
        for repository in list(self.repositories(owner)):
            for upload in list(repository.uploads()):
                remove_folder(upload)

    def drop_unreferenced(self, repository: Repository, older_than: float = 0) -> None:
        """Drop layers that no manifest of the repository names.

        A refused push has brought such, say.
        """
        referenced = {named for digest in repository.revisions for named in self.references(digest)}
        for digest, linked in repository.layers.items():
            if digest not in referenced and time.time() - linked >= older_than:
                repository.unlink_layer(digest)

    def drop_untagged(self, repository: Repository, older_than: float = 0) -> None:
        """Drop manifests that no tag leads to any more, and the layers that only they had.

        Layers of a push under way, which no manifest names yet, stay.
        """
        tagged = set(repository.tags.values())
        reachable = tagged | {child for digest in tagged for child in self.references(digest)}
        revisions, now = repository.revisions, time.time()
        old = {
            digest for digest in set(revisions) - reachable if now - revisions[digest] >= older_than
        }
        needed = {named for digest in set(revisions) - old for named in self.references(digest)}
        for layer in {named for digest in old for named in self.references(digest)} - needed:
            repository.unlink_layer(layer)
        for digest in old:
            repository.unlink_revision(digest)

    def collect(
        self, unfinished: float = UNFINISHED_SECONDS, unlinked: float = UNLINKED_SECONDS
    ) -> int:
        """Remove what nothing leads to; return the bytes freed.

        That is manifests without a tag, layers without a manifest, uploads that stopped (all older
        than `unfinished`), and blobs that no repository links. The registry goes on meanwhile; a
        push in the very moment may have to be repeated, which Docker does by itself.
        """
        linked: set[str] = set()
        for repository in list(self.repositories()):
            self.drop_untagged(repository, unfinished)
            self.drop_unreferenced(repository, unfinished)
            remove_old(repository.uploads(), unfinished)
            linked |= {*repository.layers, *repository.revisions}
        remove_empty(self._repositories)
        return sum(
            self._sweep(blob, linked, unlinked)
            for blob in list(self._base.glob("blobs/sha256/*/*"))
        )

    def _sweep(self, blob: Path, linked: set[str], unlinked: float) -> int:
        data = blob / "data"
        if f"sha256:{blob.name}" in linked or age_of(data if data.exists() else blob) < unlinked:
            return 0
        freed = size_of(data)
        remove_folder(blob)
        return freed


def digests_in(manifest: object) -> set[str]:
    """Return the digests that an image's manifest, or a list of manifests, names."""
    return set(iterate_digests(manifest)) if isinstance(manifest, dict) else set()


def iterate_digests(manifest: dict[str, object]) -> Iterator[str]:
    for key in ("config", "layers", "manifests"):
        value = manifest.get(key)
        for entry in value if isinstance(value, list) else [value]:
            digest = entry.get("digest") if isinstance(entry, dict) else None
            if isinstance(digest, str) and DIGEST.fullmatch(digest):
                yield digest


def link_times(folder: Path) -> dict[str, float]:
    """Return times by digest, of every `<hex>/link` in a folder."""
    times = {f"sha256:{path.parent.name}": modified_at(path) for path in folder.glob("*/link")}
    return {digest: modified for digest, modified in times.items() if modified}


def remove_old(paths: Iterator[Path], seconds: float) -> None:
    for path in list(paths):
        data = path / "data"
        if age_of(data if data.exists() else path) >= seconds:
            remove_folder(path)


def remove_empty(top: Path) -> None:
    """Remove folders that hold no link and no upload, from the leaves up."""
    for folder, _, _ in os.walk(top, topdown=False):
        path = Path(folder)
        if path != top and age_of(path) >= UNLINKED_SECONDS:
            try:
                path.rmdir()
            except OSError:  # not empty, or gone
                continue


def age_of(path: Path) -> float:
    return time.time() - modified_at(path)


def modified_at(path: Path) -> float:
    """Return when a file was changed, 0 for what is gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def text_of(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, ValueError):
        return ""


def remove_folder(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
