"""Grade stored submissions again after their checks were corrected: `manage.py regrade`."""

import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from accounts.models import User
from grading.regrading.scripts import rerun_on_default_host
from grading.regrading.service import (
    CORRECTED,
    Verdict,
    is_applied,
    plan,
    regrade,
    select_submissions,
)

FILE_COLUMNS = 200  # where there is no terminal whose width counts


class Command(BaseCommand):
    """Show what regrading would change; with --apply, do it."""

    help = "Grade stored submissions again with the checks as they are now; --apply writes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to grade again, and how."""
        parser.add_argument("--course", default="", help="slug")
        parser.add_argument("--lesson", default="", help="slug, or course/lesson")
        parser.add_argument("--exercise", default="", help="slug")
        parser.add_argument("--user", default="", help="user name")
        parser.add_argument(
            "--by", default="", help="user name for the audit log; without it the platform"
        )
        parser.add_argument("--apply", action="store_true", help="write what is shown")
        parser.add_argument("--allow-lower", action="store_true", help="let scores fall, too")
        parser.add_argument(
            "--reason", default=CORRECTED, help="for the audit log and the stored versions"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Show the plan, or do it and show what was done."""
        names = ("course", "lesson", "exercise", "user")
        submissions = select_submissions(**{name: options[name] for name in names})
        began = time.monotonic()
        verdicts = (
            self.apply(submissions, options)
            if options["apply"]
            else list(plan(submissions, rerun=rerun_on_default_host))
        )
        if not verdicts:
            raise CommandError("No graded submission fits.")
        width = None if self.stdout.isatty() else FILE_COLUMNS
        console = Console(file=cast("IO[str]", self.stdout), width=width, highlight=False)
        show_verdicts(console, verdicts, options["allow_lower"])
        console.print(summarise(verdicts, options, time.monotonic() - began))

    def apply(self, submissions: Any, options: dict[str, Any]) -> list[Verdict]:
        """Regrade the submissions, oldest first."""
        ids = list(submissions.order_by("created_at", "pk").values_list("pk", flat=True))
        by = find_user(options["by"]) if options["by"] else None
        batches = regrade(
            ids,
            by=by,
            reason=options["reason"],
            allow_lower=options["allow_lower"],
            rerun=rerun_on_default_host,
        )
        return [verdict for batch in batches for verdict in batch]


def find_user(name: str) -> User:
    """Find a user by name. Raises CommandError."""
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist as error:
        raise CommandError(f"There is no user {name}.") from error


def show_verdicts(console: Console, verdicts: Sequence[Verdict], allow_lower: bool) -> None:
    """Print a line for each submission in which more than messages changes."""
    table = Table("student", "exercise", "attempt", "score", "checks", "", box=None, pad_edge=False)
    notable = [verdict for verdict in verdicts if verdict.notable]
    for verdict in notable:
        submission = verdict.submission
        score, detail = str(verdict.before), "; ".join(verdict.missing)
        consequence = "needs a new attempt"
        if not verdict.missing:
            score = f"{verdict.before} → {verdict.after}"
            detail = ", ".join(
                f"{change.check}: {change.before} → {change.after}" for change in verdict.changes
            )
            consequence = "" if is_applied(verdict, allow_lower) else "would fall: stays"
        cells = (
            str(submission.user),
            submission.exercise.key,
            str(submission.number),
            score,
            detail,
        )
        table.add_row(*map(escape, cells), consequence)
    if notable:
        console.print(table)


def summarise(verdicts: Sequence[Verdict], options: dict[str, Any], seconds: float) -> str:
    """Say in a sentence what has changed, or would change."""
    lower = options["allow_lower"]
    kinds = Counter(verdict.kind for verdict in verdicts)
    changed = sum(1 for verdict in verdicts if is_applied(verdict, lower))
    done = "changed" if options["apply"] else "to change (--apply does it)"
    stay = 0 if lower else kinds["lower"]
    return (
        f"{kinds.total()} submissions in {seconds:.1f} s: "
        f"{changed} {done}, {kinds['same']} as before, "
        f"{stay} that would fall stay (--allow-lower), {kinds['needs attempt']} need a new attempt"
    )
