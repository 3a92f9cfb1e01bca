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
    """Create the accounts that are missing; return `{name: password}` of those.

    Existing ones are not touched.
    """
    password = settings.DEMO_PASSWORD or "".join(secrets.choice(LETTERS) for _ in range(14))
    created = {}
    for name, fields in ACCOUNTS.items():
        if not User.objects.filter(username=name).exists():
            User.objects.create_user(username=name, password=password, **fields)
            created[name] = password
    return created
