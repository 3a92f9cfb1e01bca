"""Answer what templates ask about accounts; nothing is looked up before they do."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest

from accounts.access import may_use_second_factor, user_of


def account_options(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """Return functions by name that tell which account pages to offer.

    `sign_up_open`: anybody may make an account; `sign_up_by_invitation`: invited people may.
    `second_factor_offered`: this user may have a second factor. `may_search`: somebody is
    signed in, or guests read lessons, too.
    """
    user = getattr(request, "user", None)
    return {
        "may_search": lambda: settings.GUESTS == "read" or bool(user and user.is_authenticated),
        "sign_up_open": lambda: settings.SIGN_UP == "open",
        "sign_up_by_invitation": lambda: settings.SIGN_UP == "invitation",
        "second_factor_offered": lambda: may_use_second_factor(user_of(request)),
    }
