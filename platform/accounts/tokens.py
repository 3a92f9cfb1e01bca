"""Create, look up and revoke personal API tokens.

A token is 256 random bits behind a fixed prefix, shown once and kept as a SHA-256. A slow hash
would protect a guessable secret; nobody guesses 256 random bits, and a token is looked up at every
request.
"""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiToken, User
from core import audit

# Shows a person, and a scanner of leaked secrets, what it is.
PREFIX = "drydock_"
PREFIX_LENGTH = len(PREFIX) + 6
# How exact `used_at` is: a row is not written at every request.
USED_EVERY = timedelta(minutes=1)


def create_token(user: User, name: str) -> tuple[ApiToken, str]:
    """Create a token; return it with its secret, which is shown only once."""
    raw = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user, name=name, prefix=raw[:PREFIX_LENGTH], digest=token_digest(raw)
        )
        audit_token(token, "create_token")
    return token, raw


def user_of_token(raw: str) -> User | None:
    """Return the token's user, or None.

    None is also the answer for an account that was switched off.
    """
    if not raw.startswith(PREFIX):
        return None
    token = (
        ApiToken.objects.select_related("user")
        .filter(digest=token_digest(raw), user__is_active=True)
        .first()
    )
    if token is None:
        return None
    note_use(token)
    return token.user


@transaction.atomic
def revoke_token(token: ApiToken) -> None:
    """Revoke a token: it opens nothing any more."""
    audit_token(token, "revoke_token")
    token.delete()


def audit_token(token: ApiToken, verb: str) -> None:
    """Write to the audit log what those who teach do with their tokens."""
    if token.user.teaches:
        action, facts = f"accounts.{verb}", {"name": token.name}
        entry = audit.entry(actor=token.user, action=action, target=token, before={}, after=facts)
        audit.record([entry])


def note_use(token: ApiToken) -> None:
    """Note that a token was used, at most once a minute.

    Of several calls at the same moment only one writes.
    """
    now = timezone.now()
    due = now - USED_EVERY
    if token.used_at is None or token.used_at < due:
        old = Q(used_at__isnull=True) | Q(used_at__lt=due)
        ApiToken.objects.filter(old, pk=token.pk).update(used_at=now)


def token_digest(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
