"""Make an invitation and print the path of its link: `manage.py invite EMAIL`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.urls import reverse

from accounts.invitations import invite
from accounts.models import Role


class Command(BaseCommand):
    help = "Make an invitation to sign up and print the path of its link, once. Nothing is mailed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--role", choices=Role.values, default=Role.STUDENT.value)

    def handle(self, *args: Any, **options: Any) -> None:
        _invitation, raw = invite(email=options["email"], role=options["role"], by=None)
        self.stdout.write(reverse("invitation", args=[raw]))
