"""Run `manage.py check_lessons`: check lesson files, without a database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from curriculum.errors import InvalidLessonFiles
from curriculum.loader.reader import read_courses
from curriculum.loader.script_faults import unfinished_faults


class Command(BaseCommand):
    """List every fault as `path:line: field: message`, and exit with 1 when there is one.

    What a draft still lacks before it can be published is listed too, and is no fault.
    """

    help = "Check courses, lessons and exercises in files, with the scripts that test them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path",
            nargs="?",
            type=Path,
            default=settings.LESSONS_DIR,
            help="folder of courses, or of one course",
        )

    def handle(self, *_args: Any, path: Path, **_options: Any) -> None:
        try:
            courses = read_courses(path)
            lessons = [lesson for course in courses for lesson in course.lessons]
            published = [lesson for lesson in lessons if not lesson.spec.draft]
            if faults := [fault for lesson in published for fault in unfinished_faults(lesson)]:
                raise InvalidLessonFiles(faults)
        except InvalidLessonFiles as invalid:
            raise CommandError(f"{invalid}\n{len(invalid.errors)} faults") from invalid
        for lesson in lessons:
            for fault in unfinished_faults(lesson):
                self.stdout.write(f"{fault} (before this draft can be published)")
        exercises = sum(len(lesson.exercises) for lesson in lessons)
        self.stdout.write(
            f"{len(courses)} courses, {len(lessons)} lessons, {exercises} exercises: no faults"
        )
