"""`manage.py regrade`: grade stored submissions again after their checks were corrected."""

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
    """Without --apply it only shows the difference."""

    help = "Grade stored submissions again with the checks as they are now. Shows the difference; --apply writes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to grade again, and how."""
        parser.add_argument("--course", default="", help="slug")
        parser.add_argument("--lesson", default="", help="slug, or course/lesson")
        parser.add_argument("--exercise", default="", help="slug")
        parser.add_argument("--user", default="", help="user name")
        parser.add_argument("--by", default="", help="user name that the audit log gets; without it the platform")
        parser.add_argument("--apply", action="store_true", help="write what is shown")
        parser.add_argument("--allow-lower", action="store_true", help="let scores fall, too")
        parser.add_argument("--reason", default=CORRECTED, help="for the audit log and the versions kept")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Show the plan, or do it and show what was done."""
        names = ("course", "lesson", "exercise", "user")
        submissions = select_submissions(**{name: options[name] for name in names})
        began = time.monotonic()
        verdicts = (
            self._apply(submissions, options)
            if options["apply"]
            else list(plan(submissions, rerun=rerun_on_default_host))
        )
        if not verdicts:
            raise CommandError("No graded submission fits.")
        width = None if self.stdout.isatty() else FILE_COLUMNS
        console = Console(file=cast("IO[str]", self.stdout), width=width, highlight=False)
        _show(console, verdicts, options["allow_lower"])
        console.print(_summary(verdicts, options, time.monotonic() - began))

    def _apply(self, submissions: Any, options: dict[str, Any]) -> list[Verdict]:
        ids = list(submissions.order_by("created_at", "pk").values_list("pk", flat=True))
        by = _user(options["by"]) if options["by"] else None
        batches = regrade(
            ids,
            by=by,
            reason=options["reason"],
            allow_lower=options["allow_lower"],
            rerun=rerun_on_default_host,
        )
        return [verdict for batch in batches for verdict in batch]


def _user(name: str) -> User:
    try:
        return User.objects.get(username=name)
    except User.DoesNotExist as error:
        raise CommandError(f"There is no user {name}.") from error


def _show(console: Console, verdicts: Sequence[Verdict], allow_lower: bool) -> None:
    """One line for each submission in which more than words changes."""
    table = Table("student", "exercise", "attempt", "score", "checks", "", box=None, pad_edge=False)
    notable = [verdict for verdict in verdicts if verdict.notable]
    for verdict in notable:
        one, gaps = verdict.submission, "; ".join(verdict.missing)
        exercise = f"{one.exercise.lesson.key}/{one.exercise.slug}"
        marks = str(verdict.before) if verdict.missing else f"{verdict.before} → {verdict.after}"
        changes = ", ".join(f"{change.check}: {change.before} → {change.after}" for change in verdict.changes)
        table.add_row(
            *map(escape, (str(one.user), exercise, str(one.number), marks, gaps or changes)),
            _fate(verdict, allow_lower),
        )
    if notable:
        console.print(table)


def _fate(verdict: Verdict, allow_lower: bool) -> str:
    if verdict.missing:
        return "needs a new attempt"
    return "" if is_applied(verdict, allow_lower) else "would fall: stays"


def _summary(verdicts: Sequence[Verdict], options: dict[str, Any], seconds: float) -> str:
    lower = options["allow_lower"]
    kinds = Counter(verdict.kind for verdict in verdicts)
    changed = sum(1 for verdict in verdicts if is_applied(verdict, lower))
    done = "changed" if options["apply"] else "to change (--apply does it)"
    kept = 0 if lower else kinds["lower"]
    return (
        f"{kinds.total()} submissions in {seconds:.1f} s: {changed} {done}, {kinds['same']} as before, "
        f"{kept} that would fall stay (--allow-lower), {kinds['needs attempt']} need a new attempt"
    )
