"""Secrets that must be read again, unlike passwords, are sealed in the database: the second factor's keys.

The key is made from SECRET_KEY, which is not in the database: a copy of the database alone makes no codes. After a
change of SECRET_KEY the old one in SECRET_KEY_FALLBACKS still opens; what is written is sealed with the new one.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.errors import SealBroken

# Tells sealed text from what was written before there was a seal.
MARK = "sealed:"
_PURPOSE = b"drydock second factor"


def seal(text: str) -> str:
    """Encrypt a secret for the database. Raises ImproperlyConfigured without a key of this installation's own."""
    if settings.SECRET_KEY == settings.UNSAFE_KEY:
        raise ImproperlyConfigured("DRYDOCK_SECRET_KEY is not set, and var/ holds none")
    return MARK + _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again; text without the mark as it is. Raises SealBroken when none of the keys opens it."""
    if not sealed.startswith(MARK):
        return sealed
    try:
        return _keys().decrypt(sealed.removeprefix(MARK).encode()).decode()
    except InvalidToken:
        raise SealBroken("sealed with a SECRET_KEY that is neither the present one nor among the fallbacks") from None


def reseal(text: str) -> str:
    """Seal with the present key, whatever was there before. Raises SealBroken."""
    return seal(unseal(text))


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_derive(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _derive(secret: str) -> bytes:
    """A Fernet key: HKDF (RFC 5869) of one secret for this purpose alone."""
    raw = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(raw)
