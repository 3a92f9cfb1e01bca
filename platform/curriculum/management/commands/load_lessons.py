"""`manage.py load_lessons`: bring the lesson files into the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from curriculum.errors import InvalidLessonFiles
from curriculum.loader.service import LoadReport, Side, load_lessons


class Command(BaseCommand):
    """Prints what changed. With a fault in any file it lists them all, writes nothing and exits with 1. What was edited
    both in its files and in the admin is listed, left alone, and makes it exit with 1 as well."""

    help = "Load courses, lessons and exercises from files. Safe to run again; students' progress is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=settings.LESSONS_DIR, help="folder of courses")
        side = parser.add_mutually_exclusive_group()
        for name, what in (("theirs", "the files"), ("ours", "the database")):
            side.add_argument(f"--{name}", dest="take", action="store_const", const=Side(name), help=f"{what} win")
        parser.add_argument("--leave-conflicts", action="store_true", help="conflicts are no error")

    def handle(
        self, *_args: Any, path: Path, take: Side | None = None, leave_conflicts: bool = False, **_options: Any
    ) -> None:
        try:
            report = load_lessons(root=path, take=take)
        except InvalidLessonFiles as invalid:
            raise CommandError(f"{invalid}\n{len(invalid.errors)} faults; nothing was loaded.") from invalid
        self._print(report)
        if report.conflicts and not leave_conflicts:
            raise CommandError(
                "edited both in files and in the admin, and left as the database has them: "
                f"{', '.join(report.conflicts)}. Take the files with --theirs, or the database with --ours."
            )

    def _print(self, report: LoadReport) -> None:
        for name in ("created", "updated", "archived", "kept"):
            for key in getattr(report, name):
                self.stdout.write(f"{name:>9} {key}")
        counts = {name: len(getattr(report, name)) for name in ("created", "updated", "unchanged", "archived")}
        counts |= {name: len(getattr(report, name)) for name in ("kept", "conflicts") if getattr(report, name)}
        self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items()))
