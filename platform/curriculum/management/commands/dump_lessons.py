"""Run `manage.py dump_lessons`: write the database's lessons back as files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from curriculum.loader.dump import dump_lessons


class Command(BaseCommand):
    """Print each file that was written or removed.

    Lessons whose files were changed since they were last read are listed, left alone, and make it
    exit with 1.
    """

    help = "Write courses, lessons and exercises as files; what has not changed is not touched."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path", nargs="?", type=Path, default=settings.LESSONS_DIR, help="folder of courses"
        )
        parser.add_argument(
            "--ours", action="store_true", help="the database wins over files changed meanwhile"
        )

    def handle(self, *_args: Any, path: Path, ours: bool = False, **_options: Any) -> None:
        is_origin = path.resolve() == Path(settings.LESSONS_DIR).resolve()
        report = dump_lessons(root=path, force=ours, is_origin=is_origin)
        for name, paths in (("written", report.written), ("removed", report.removed)):
            for file in paths:
                self.stdout.write(f"{name:>9} {file.relative_to(path)}")
        self.stdout.write(f"{len(report.written)} written, {len(report.removed)} removed")
        if report.conflicts:
            raise CommandError(
                "files changed since they were last read, and left alone: "
                f"{', '.join(report.conflicts)}. "
                "Load them first, or overwrite them with --ours."
            )
