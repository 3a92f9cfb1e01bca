"""Run a command with engine, Redis and machine images: `manage.py services -- COMMAND`."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from operate.console.steps import Steps
from operate.errors import OperateError
from operate.stack.services import run_with_services


class Command(BaseCommand):
    help = "Run the command after -- with engine, Redis and images, and exit with its code."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("command", nargs="+", metavar="COMMAND")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sys.exit(run_with_services(options["command"], Steps()))
        except OperateError as error:
            raise CommandError(str(error)) from error
