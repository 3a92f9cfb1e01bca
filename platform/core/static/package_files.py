"""Find single files of npm packages for `collectstatic`, where pages load few of a package's files.

A folder of STATICFILES_DIRS would bring all of it: other formats, types, a hundred languages.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage


class PackageFiles(BaseFinder):
    """Find settings.PACKAGE_FILES: static folders, each with a folder of node_modules and files."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.storages: dict[str, FileSystemStorage] = {}
        for prefix, (package, _) in settings.PACKAGE_FILES.items():
            storage = FileSystemStorage(location=settings.NODE_MODULES_DIR / package)
            storage.prefix = prefix  # type: ignore[attr-defined]  # collectstatic looks for it
            self.storages[prefix] = storage

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return where a static file lies, and every such place with `find_all`."""
        for prefix, (package, files) in settings.PACKAGE_FILES.items():
            name = path.removeprefix(f"{prefix}/")
            place = Path(settings.NODE_MODULES_DIR, package, name)
            if name in files and name != path and place.is_file():
                return [str(place)] if find_all else str(place)
        return []

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        """Yield (file, storage) for what is installed."""
        for prefix, (_, files) in settings.PACKAGE_FILES.items():
            storage = self.storages[prefix]
            yield from ((name, storage) for name in files if storage.exists(name))
