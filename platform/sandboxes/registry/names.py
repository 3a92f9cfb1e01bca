"""Name students in the registry, and make the passwords that their machines get."""

import hashlib
import hmac
import re
import time

from django.conf import settings
from django.contrib.auth.models import AbstractUser

from runtime.registry.rules import COMPONENT
from runtime.registry.tokens import SHARED_OWNERS, Claims, sign
from sandboxes.models import Sandbox

MAPPED = re.compile(r"-u\d+$")
NAME_MAX = 60
# After the latest moment at which a sandbox can still be there.
MARGIN_SECONDS = 3600


def registry_name(user: AbstractUser) -> str:
    """Return the first part of the names of a user's images.

    It is the user name where the registry takes it, else a name made of it and the user's number.
    No two users have the same: only mapped names end in `-u<number>`.
    """
    name = user.get_username()
    fits = re.fullmatch(COMPONENT, name) and len(name) <= NAME_MAX
    if fits and not MAPPED.search(name) and name not in SHARED_OWNERS:
        return name
    letters = "-".join(re.findall(r"[a-z0-9]+", name.lower()))[:NAME_MAX].strip("-") or "student"
    return f"{letters}-u{user.pk}"


def key() -> bytes:
    """Derive what passwords for the registry are signed with from the platform's secret.

    It has no other use.
    """
    return hmac.digest(settings.SECRET_KEY.encode(), b"drydock registry", hashlib.sha256)


def password(sandbox: Sandbox) -> str:
    """Make the password of a sandbox's machines, good for as long as the sandbox can live."""
    user = sandbox.user
    life = settings.SANDBOX_LIFETIME_MAX_MINUTES * 60 + MARGIN_SECONDS
    claims = Claims(
        name=registry_name(user),
        course=sandbox.lesson_key.partition("/")[0],
        teaches=bool(getattr(user, "teaches", False)),
        until=int(max(sandbox.created_at.timestamp(), time.time()) + life),
    )
    return sign(claims, key())
