"""How django-axes counts failed sign-ins."""

from typing import Any

from django.http import HttpRequest


def name_tried(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name that somebody tries to sign in with. Signing in does not mind case, so counting must not either."""
    name = (credentials or {}).get("username") or request.POST.get("username", "")
    return str(name).strip().lower()
