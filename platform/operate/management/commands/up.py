"""Serve the platform from this machine: `manage.py up`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operate.console.steps import Steps
from operate.errors import OperateError
from operate.stack.up import serve


class Command(BaseCommand):
    help = "Set up whatever is missing and serve the platform until Ctrl-C."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            serve(Steps())
        except OperateError as error:
            raise CommandError(str(error)) from error
