"""Re-encrypt secrets after a change of DRYDOCK_SECRET_KEY: `manage.py reseal`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import DecryptionFailed
from accounts.sign_in.second_factors import re_encrypt_all, remove_lost


class Command(BaseCommand):
    help = "Encrypt second factors with the present key; old keys are among the fallbacks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--remove-lost",
            action="store_true",
            help="first remove second factors that none of the keys decrypts",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove_lost"]:
            self.stdout.write(f"{remove_lost()} removed")
        try:
            count = re_encrypt_all()
        except DecryptionFailed as error:
            raise CommandError(f"nothing was changed: a secret is {error}") from error
        self.stdout.write(f"{count} encrypted with the present key")
