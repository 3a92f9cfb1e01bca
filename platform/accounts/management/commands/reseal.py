"""`manage.py reseal`: after a change of DRYDOCK_SECRET_KEY, so that the old one can go."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import SealBroken
from accounts.sign_in.second_factors import remove_lost, reseal_all


class Command(BaseCommand):
    help = "Seal the secrets of second factors with the present DRYDOCK_SECRET_KEY. Old ones are among the fallbacks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--remove-lost", action="store_true", help="first remove second factors that none of the keys opens"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove_lost"]:
            self.stdout.write(f"{remove_lost()} removed")
        try:
            count = reseal_all()
        except SealBroken as error:
            raise CommandError(f"nothing was changed: a secret is {error}") from error
        self.stdout.write(f"{count} sealed with the present key")
