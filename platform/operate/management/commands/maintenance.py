"""Close the pages for a while, and open them again: `manage.py maintenance on|off`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.maintenance import current_message, switch_off, switch_on


class Command(BaseCommand):
    help = "Answer pages with 503 and a sentence (on) or as usual (off); or print which it is."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("state", nargs="?", choices=["on", "off"])
        parser.add_argument("--message", default="", help="the sentence that pages show")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["state"] == "on":
            switch_on(options["message"])
        elif options["state"] == "off":
            switch_off()
        message = current_message()
        self.stdout.write(
            "maintenance is off" if message is None else f"maintenance is on: {message}"
        )
