"""Encrypt secrets that must be read again, unlike passwords: the second factor's keys.

The key is made from SECRET_KEY, which is not in the database: a copy of the database alone makes
no codes. After a change of SECRET_KEY the old one in SECRET_KEY_FALLBACKS still decrypts; what is
written is encrypted with the new one.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.errors import DecryptionFailed

# Tells encrypted text from what was written before anything was encrypted.
MARK = "sealed:"
KEY_PURPOSE = b"drydock second factor"


def encrypt(text: str) -> str:
    """Encrypt a secret for the database.

    Raises ImproperlyConfigured without a key of this installation's own.
    """
    if settings.SECRET_KEY == settings.UNSAFE_KEY:
        raise ImproperlyConfigured("DRYDOCK_SECRET_KEY is not set, and var/ holds none")
    return MARK + encryption_keys().encrypt(text.encode()).decode()


def decrypt(ciphertext: str) -> str:
    """Decrypt a secret; return unmarked text unchanged.

    Raises DecryptionFailed when none of the keys fits.
    """
    if not ciphertext.startswith(MARK):
        return ciphertext
    try:
        return encryption_keys().decrypt(ciphertext.removeprefix(MARK).encode()).decode()
    except InvalidToken:
        raise DecryptionFailed(
            "encrypted with a SECRET_KEY that is neither the present one nor among the fallbacks"
        ) from None


def re_encrypt(text: str) -> str:
    """Encrypt a secret, encrypted or not, with the present key. Raises DecryptionFailed."""
    return encrypt(decrypt(text))


def encryption_keys() -> MultiFernet:
    return MultiFernet(
        [
            Fernet(derive_key(secret))
            for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        ]
    )


def derive_key(secret: str, purpose: bytes = KEY_PURPOSE) -> bytes:
    """Derive a Fernet key from one secret, for this purpose alone, by HKDF (RFC 5869)."""
    raw = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
    return base64.urlsafe_b64encode(raw)
