"""Add steps between the right password and being signed in."""

from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage
from django.http import HttpResponse

from accounts.models import User


def awaits_confirmation(user: User) -> bool:
    """Whether there is an address, and none that is confirmed."""
    confirmed = EmailAddress.objects.filter(user=user).values_list("verified", flat=True)
    return bool(confirmed) and not any(confirmed)


class FirstSignInStage(EmailVerificationStage):  # type: ignore[misc]  # allauth has no types
    """Have new users confirm the e-mail address before the first sign-in.

    Accounts made by an operator, which may have no address at all, and those that were in before
    are let in.
    """

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = (
            self.login.user
        )  # None: a sign-up with a taken address, which must look like any other
        if user and (user.last_login or not awaits_confirmation(user)):
            return None, True
        response: tuple[HttpResponse | None, bool] = super().handle()
        return response
