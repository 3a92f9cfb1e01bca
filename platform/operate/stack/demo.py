"""Create the demo accounts `student` and `instructor`."""

import secrets
from typing import Any

from django.conf import settings

from accounts.models import User

# No l, I, 1, O or 0: it is copied by eye from a terminal.
LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
ACCOUNTS: dict[str, dict[str, Any]] = {
    "student": {"role": User.Role.STUDENT},
    "instructor": {"role": User.Role.INSTRUCTOR, "is_staff": True},
}


def ensure_demo_accounts() -> dict[str, str]:
    """Create the accounts where they are asked for and nobody is there yet.

    Return `{name: password}` of those. Whoever deletes one has deleted it.
    """
    if not settings.DEMO_ACCOUNTS or User.objects.exists():
        return {}
    password = settings.DEMO_PASSWORD or "".join(secrets.choice(LETTERS) for _ in range(14))
    created = {}
    for name, fields in ACCOUNTS.items():
        User.objects.create_user(username=name, password=password, **fields)
        created[name] = password
    return created
