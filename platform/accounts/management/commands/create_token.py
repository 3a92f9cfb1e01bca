"""Make an API token and print it: `manage.py create_token USER`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.tokens import create_token


class Command(BaseCommand):
    help = "Make a personal API token for a user and print it, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="user name")
        parser.add_argument("--name", default="command line", help="what the token is for")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"there is no user {options['user']!r}")
        _token, raw = create_token(user, options["name"][:80])
        self.stdout.write(raw)
