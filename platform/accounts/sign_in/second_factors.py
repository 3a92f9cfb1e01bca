"""Re-encrypt or remove stored second factors, which are rows of django-allauth."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.encryption import decrypt, re_encrypt
from accounts.errors import DecryptionFailed

SECRET_FIELDS = ("secret", "seed")


def re_encrypt_all(authenticators: Any = Authenticator) -> int:
    """Encrypt every stored secret with the present key; return how many rows there were.

    A migration passes its own model class. Raises DecryptionFailed, and has changed nothing then.
    """
    with transaction.atomic():
        rows = list(authenticators.objects.select_for_update())
        for row in rows:
            row.data = re_encrypted(row.data)
            row.save(update_fields=["data"])
    return len(rows)


def remove_lost() -> int:
    """Remove the second factors that no key decrypts; return how many.

    Their owners sign in with the password alone.
    """
    lost = [row.pk for row in Authenticator.objects.all() if is_lost(row.data)]
    Authenticator.objects.filter(pk__in=lost).delete()
    return len(lost)


def re_encrypted(data: dict[str, Any]) -> dict[str, Any]:
    encrypted: dict[str, Any] = {
        name: re_encrypt(data[name]) for name in SECRET_FIELDS if name in data
    }
    if "migrated_codes" in data:
        encrypted["migrated_codes"] = [re_encrypt(code) for code in data["migrated_codes"]]
    return data | encrypted


def is_lost(data: dict[str, Any]) -> bool:
    try:
        for text in (
            *(data[name] for name in SECRET_FIELDS if name in data),
            *data.get("migrated_codes", ()),
        ):
            decrypt(text)
    except DecryptionFailed:
        return True
    return False
