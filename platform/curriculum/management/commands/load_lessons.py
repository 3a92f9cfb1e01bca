"""`manage.py load_lessons`: bring the lesson files into the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from curriculum.errors import InvalidLessonFiles
from curriculum.services import LoadReport, load_lessons


class Command(BaseCommand):
    """Prints what changed. With a fault in any file it lists them all, writes nothing and exits with 1."""

    help = "Load courses, lessons and exercises from files. Safe to run again; students' progress is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=settings.LESSONS_DIR, help="folder of courses")

    def handle(self, *_args: Any, path: Path, **_options: Any) -> None:
        try:
            report = load_lessons(root=path)
        except InvalidLessonFiles as invalid:
            raise CommandError(f"{invalid}\n{len(invalid.errors)} faults; nothing was loaded.") from invalid
        self._print(report)

    def _print(self, report: LoadReport) -> None:
        for name in ("created", "updated", "archived"):
            for key in getattr(report, name):
                self.stdout.write(f"{name:>9} {key}")
        counts = {name: len(getattr(report, name)) for name in ("created", "updated", "unchanged", "archived")}
        self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items()))
