"""The stored second factors, as rows of django-allauth: sealing what lies open, and what an old key has sealed."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.encryption import reseal, unseal
from accounts.errors import SealBroken

SECRET_FIELDS = ("secret", "seed")


def reseal_all(authenticators: Any = Authenticator) -> int:
    """Seal every stored secret with the present key; returns how many rows there were. A migration passes its own model
    class. Raises SealBroken, and has changed nothing then."""
    with transaction.atomic():
        rows = list(authenticators.objects.select_for_update())
        for row in rows:
            row.data = _resealed(row.data)
            row.save(update_fields=["data"])
    return len(rows)


def remove_lost() -> int:
    """Remove the second factors that no key opens; returns how many. Their owners sign in with the password alone."""
    lost = [row.pk for row in Authenticator.objects.all() if _is_lost(row.data)]
    Authenticator.objects.filter(pk__in=lost).delete()
    return len(lost)


def _resealed(data: dict[str, Any]) -> dict[str, Any]:
    sealed: dict[str, Any] = {name: reseal(data[name]) for name in SECRET_FIELDS if name in data}
    if "migrated_codes" in data:
        sealed["migrated_codes"] = [reseal(code) for code in data["migrated_codes"]]
    return data | sealed


def _is_lost(data: dict[str, Any]) -> bool:
    try:
        for text in (*(data[name] for name in SECRET_FIELDS if name in data), *data.get("migrated_codes", ())):
            unseal(text)
    except SealBroken:
        return True
    return False
