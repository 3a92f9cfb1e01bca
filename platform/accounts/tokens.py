"""Personal API tokens: 256 random bits behind a fixed word, shown once, kept as a SHA-256.

A slow hash would protect a guessable secret; nobody guesses 256 random bits, and a token is looked up at every request.
"""

import hashlib
import secrets
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiToken, User

# Lets a person, and a scanner of leaked secrets, see what it is.
WORD = "drydock_"
SHOWN = len(WORD) + 6
# How exact `used_at` is: a row is not written at every request.
USED_EVERY = timedelta(minutes=1)


def create_token(user: User, name: str) -> tuple[ApiToken, str]:
    """A new token and its secret, which can't be had again."""
    raw = WORD + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(user=user, name=name, prefix=raw[:SHOWN], digest=_digest(raw))
    return token, raw


def user_of_token(raw: str) -> User | None:
    """Whose token this is; None for an unknown one and for an account that was switched off."""
    if not raw.startswith(WORD):
        return None
    token = ApiToken.objects.select_related("user").filter(digest=_digest(raw), user__is_active=True).first()
    if token is None:
        return None
    _note_use(token)
    return token.user


def revoke_token(token: ApiToken) -> None:
    """The token opens nothing any more."""
    token.delete()


def _note_use(token: ApiToken) -> None:
    """Once a minute. Calls that read the row at the same moment write once all the same."""
    now = timezone.now()
    due = now - USED_EVERY
    if token.used_at is None or token.used_at < due:
        old = Q(used_at__isnull=True) | Q(used_at__lt=due)
        ApiToken.objects.filter(old, pk=token.pk).update(used_at=now)


def _digest(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
