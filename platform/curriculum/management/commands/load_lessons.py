"""Run `manage.py load_lessons`: bring the lesson files into the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from curriculum.errors import InvalidLessonFiles
from curriculum.loader.service import LoadReport, Winner, load_lessons


class Command(BaseCommand):
    """Print what changed.

    With a fault in any file it lists them all, writes nothing and exits with 1. What was edited
    both in its files and in the admin is listed, left alone, and makes it exit with 1 as well.
    """

    help = "Load lessons from files. Safe to run again; students' progress is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path", nargs="?", type=Path, default=settings.LESSONS_DIR, help="folder of courses"
        )
        winner = parser.add_mutually_exclusive_group()
        for side, winners in ((Winner.FILES, "the files"), (Winner.DATABASE, "the database")):
            winner.add_argument(
                f"--{side.value}",
                dest="winner",
                action="store_const",
                const=side,
                help=f"{winners} win",
            )
        parser.add_argument("--leave-conflicts", action="store_true", help="conflicts are no error")

    def handle(
        self,
        *_args: Any,
        path: Path,
        winner: Winner | None = None,
        leave_conflicts: bool = False,
        **_options: Any,
    ) -> None:
        try:
            report = load_lessons(root=path, winner=winner)
        except InvalidLessonFiles as invalid:
            raise CommandError(
                f"{invalid}\n{len(invalid.errors)} faults; nothing was loaded."
            ) from invalid
        self.print_report(report)
        if report.conflicts and not leave_conflicts:
            raise CommandError(
                "edited both in files and in the admin, and left as the database has them: "
                f"{', '.join(report.conflicts)}. "
                "Take the files with --theirs, or the database with --ours."
            )

    def print_report(self, report: LoadReport) -> None:
        """List the keys, then their numbers."""
        for name in ("created", "updated", "archived", "kept"):
            for key in getattr(report, name):
                self.stdout.write(f"{name:>9} {key}")
        names = ["created", "updated", "unchanged", "archived"]
        names += [name for name in ("kept", "conflicts") if getattr(report, name)]
        self.stdout.write(", ".join(f"{len(getattr(report, name))} {name}" for name in names))
