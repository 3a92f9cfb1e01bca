"""Try lessons' texts, and every solution and wrong answer: `manage.py verify_lessons`.

Each is tried in real machines.
"""

import os
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from curriculum.errors import InvalidLessonFiles
from curriculum.loader.files import CourseFiles
from curriculum.loader.reader import read_courses
from curriculum.loader.script_faults import script_faults
from grading.verification.cases import Case, Outcome, find_cases
from grading.verification.junit import write_junit
from grading.verification.machines import verify
from grading.verification.quizzes import find_quizzes, verify_quiz
from grading.verification.texts import TextCase, find_texts
from operate.checks.lessons import verification_rig
from operate.console.shell import is_root
from operate.console.steps import Steps
from operate.engine.private_engine import answers, choose_engine
from operate.errors import OperateError
from operate.management.commands.images import ensure
from operate.stack.stack import open_layout
from sandboxes.errors import EngineError


class Command(BaseCommand):
    """Exit with 1 when an exercise is not as its scripts say."""

    help = (
        "For each exercise: untouched it earns nothing, every wrong answer fails the check that "
        "it names, the solution earns all points, also when run twice, and leaves a machine that "
        "goes on. Each case gets a fresh machine. Of a quiz, the key earns all points, no answer "
        "nothing, and every wrong one less; that takes no machine. Of a lesson's text, the blocks "
        "with Run are typed in order, and each prints what it states."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what to try, and how."""
        parser.add_argument(
            "path", nargs="?", type=Path, default=settings.LESSONS_DIR, help="folder of courses"
        )
        parser.add_argument("--course", default="", help="slug")
        parser.add_argument("--exercise", default="", help="slug")
        parser.add_argument(
            "--seeds",
            type=int,
            default=2,
            help="students whose values the solutions are tried with",
        )
        parser.add_argument(
            "-j", "--jobs", type=int, default=os.cpu_count() or 2, help="machines at a time"
        )
        parser.add_argument(
            "--only", choices=("texts", "exercises"), help="lessons' texts, or the exercises"
        )
        parser.add_argument("--junit", type=Path, help="file for JUnit XML")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read, try, report."""
        courses, chosen = (
            read_lessons(options["path"]),
            {name: options[name] for name in ("course", "exercise", "seeds")},
        )
        cases, quizzes = find_cases(courses, **chosen), find_quizzes(courses, **chosen)
        texts = find_texts(courses, course=options["course"], exercise=options["exercise"])
        if options["only"] == "texts":
            cases, quizzes = [], []
        elif options["only"] == "exercises":
            texts = []
        if not texts and not cases and not quizzes:
            raise CommandError("No lesson or exercise matches.")
        steps = Steps()
        outcomes = [verify_quiz(quiz) for quiz in quizzes]
        try:
            in_machines: list[Case | TextCase] = [*texts, *cases]
            jobs = max(1, options["jobs"])
            outcomes += verify_cases(steps, in_machines, jobs) if in_machines else []
        except (OperateError, EngineError) as error:
            raise CommandError(str(error)) from error
        if options["junit"]:
            write_junit(outcomes, options["junit"])
        report_faults(steps, outcomes)


def read_lessons(path: Path) -> tuple[CourseFiles, ...]:
    try:
        courses = read_courses(path)
        if faults := script_faults(courses):
            raise InvalidLessonFiles(faults)
    except InvalidLessonFiles as invalid:
        raise CommandError(str(invalid)) from invalid
    return courses


def verify_cases(steps: Steps, cases: list[Case | TextCase], jobs: int) -> list[Outcome]:
    """Verify the cases on the engine in use. Raises OperateError, EngineError."""
    layout = open_layout(settings.VAR_DIR)
    url = choose_engine(layout, os.environ, root=is_root()).docker_url
    if not answers(url):
        raise OperateError("the engine does not run; `manage.py up` starts it")
    ensure(steps)
    where = {"docker_url": url, "installation": settings.INSTALLATION, "var": settings.VAR_DIR}
    outcomes: list[Outcome] = []
    with steps.step("lessons") as step, verification_rig(**where, cases=cases) as rig:
        for outcome in verify(cases, rig, jobs=jobs):
            outcomes.append(outcome)
            step.report(
                len(outcomes) / len(cases), f"{len(outcomes)} of {len(cases)}: {outcome.case.suite}"
            )
        step.result = f"{len(outcomes)} cases, {jobs} at a time"
    return outcomes


def report_faults(steps: Steps, outcomes: Iterable[Outcome]) -> None:
    """Print every fault, sorted. Raises CommandError when there is one."""
    wrong = sorted(
        (outcome for outcome in outcomes if not outcome.passed),
        key=lambda outcome: (outcome.case.suite, outcome.case.name),
    )
    for outcome in wrong:
        for fault in outcome.faults or (outcome.error,):
            steps.say(f"✗ {outcome.case.suite} {outcome.case.name}: {fault}")
    if wrong:
        raise CommandError(f"{len(wrong)} cases are not as they should be")
