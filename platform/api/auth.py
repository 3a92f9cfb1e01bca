"""Identify who calls the API.

That is somebody with a personal token, or a page with its session and CSRF token.
"""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.security import SessionAuth as NinjaSessionAuth

from accounts.bearer_auth import user_of_bearer
from accounts.models import User
from api.errors import BadToken


class TokenAuth(HttpBearer):
    """Accept `Authorization: Bearer …`.

    A wrong token is an error, even beside a good session: whoever sends a token wants it used.
    """

    def authenticate(self, request: HttpRequest, token: str) -> User:
        """Return the token's user. Raises BadToken."""
        user = user_of_bearer(token.strip())
        if user is None:
            raise BadToken
        request.user = user
        return user


class SessionAuth(NinjaSessionAuth):
    """Accept the session's cookie.

    Visitors who aren't signed in are told that, and not that a CSRF token is missing.
    """

    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if request.user.is_authenticated else None


AUTH = [TokenAuth(), SessionAuth()]
