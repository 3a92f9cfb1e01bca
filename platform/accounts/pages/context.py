"""What templates may ask about accounts; nothing is looked up before they do."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest

from accounts.access import may_use_second_factor, user_of


def account_ways(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """`sign_up_open`: anybody may make an account; `sign_up_by_invitation`: whoever was invited.
    `second_factor_offered`: this user may have one."""
    return {
        "sign_up_open": lambda: settings.SIGN_UP == "open",
        "sign_up_by_invitation": lambda: settings.SIGN_UP == "invitation",
        "second_factor_offered": lambda: may_use_second_factor(user_of(request)),
    }
