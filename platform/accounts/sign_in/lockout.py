"""Configure how django-axes counts failed sign-ins, and how somebody gets back in."""

from typing import Any

from axes.models import AccessAttempt
from django.http import HttpRequest

from accounts.models import User


def attempted_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """Return the name that somebody tries to sign in with, in lower case.

    Signing in does not mind case, so counting must not either.
    """
    name = (credentials or {}).get("username") or request.POST.get("username", "")
    return str(name).strip().lower()


def names_of(user: User) -> list[str]:
    """Return the names that a user can try to sign in with, as attempted_name writes them."""
    return [name.lower() for name in (user.username, user.email) if name]


def forgive(user: User) -> None:
    """Forget failed sign-ins: the user has shown in another way who they are."""
    AccessAttempt.objects.filter(username__in=names_of(user)).delete()
