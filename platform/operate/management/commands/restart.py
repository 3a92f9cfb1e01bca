"""Restart the platform's programs under running machines: `manage.py restart`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operate.console.steps import Steps
from operate.errors import OperateError
from operate.stack.restart import restart
from operate.stack.up import stack_from_settings


class Command(BaseCommand):
    help = "Restart web, workers, beat and events with the code that is there now; machines run on."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restart(stack_from_settings(), Steps())
        except OperateError as error:
            raise CommandError(str(error)) from error
