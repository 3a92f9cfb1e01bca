"""Store static files under names that hold a hash of their content, compressed once."""

from collections.abc import Iterable, Iterator
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Store what `collectstatic` collects.

    References in style sheets are rewritten; modules find each other through the import map
    (core/static/import_map.py) instead: rewriting imports would loop where modules name each
    other, and would give a module another name whenever one below it changes.
    """

    patterns = tuple(
        pattern
        for pattern in CompressedManifestStaticFilesStorage.patterns
        if pattern[0] == "*.css"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._urls: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        """Return the address.

        It is kept, since a page asks for a hundred, and since names with a hash stand for good.
        """
        if force:
            return str(super().url(name, force))
        if name not in self._urls:
            self._urls[name] = str(super().url(name))
        return self._urls[name]

    def post_process(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Give the files that `collectstatic` found their names."""
        yield from super().post_process(*args, **kwargs)
        self._urls.clear()

    def stored_name(self, name: str) -> str:
        """Return the name with the hash.

        Before files were collected, as in tests and commands, the plain one.
        """
        return str(super().stored_name(name)) if self.hashed_files else name

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Compress what has a hash in its name and isn't compressed yet.

        Yields (name, name of the compressed file).
        """
        hashed = set(self.hashed_files.values())
        yield from super().compress_files(
            [path for path in paths if path in hashed and not self.is_compressed(path)]
        )

    def is_compressed(self, path: str) -> bool:
        """Whether a file was compressed to the end.

        The compressed file gets its source's time when it is complete; one that was cut short has
        another.
        """
        packed = f"{path}.gz"
        return bool(
            self.exists(packed) and self.get_modified_time(packed) == self.get_modified_time(path)
        )
