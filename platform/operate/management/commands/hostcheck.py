"""`manage.py hostcheck`: which protections hold on the engine in use."""

import json
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from operate.engine import choose_engine, connect
from operate.errors import OperateError
from operate.hostcheck import check_host, lines
from operate.shell import is_root
from operate.stack import open_layout


class Command(BaseCommand):
    help = "Print which protections hold on the engine in use, and what is switched off for lack of the others."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print it as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            choice = choose_engine(open_layout(settings.VAR_DIR), os.environ, root=is_root())
            report = check_host(connect(choice.docker_url, timeout=10), choice)
        except OperateError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(report.as_dict(), indent=2) if options["json"] else "\n".join(lines(report)))
