"""Sign and verify the registry's passwords.

A password is `<base64url of JSON claims>.<base64url of HMAC-SHA256>`; the platform signs, the gate
verifies with the same key.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from dataclasses import asdict, dataclass

# Names below which nobody but the platform and instructors pushes, and everybody pulls.
COURSE_OWNER, LIBRARY_OWNER = "course", "library"
SHARED_OWNERS = (COURSE_OWNER, LIBRARY_OWNER)


@dataclass(frozen=True)
class Claims:
    """Say who asks, from which course, and until when.

    `name` is the student's in the registry, `course` the sandbox's, `until` in seconds since 1970.
    """

    name: str
    course: str
    teaches: bool
    until: int


def sign(claims: Claims, key: bytes) -> str:
    """Return the password for these claims."""
    body = encode(json.dumps(asdict(claims), separators=(",", ":")).encode())
    return f"{body}.{mac_of(body, key)}"


def verify(name: str, password: str, key: bytes, now: float | None = None) -> Claims | None:
    """Return the claims of a good password of this name's; None for a wrong or an old one."""
    body, _, mac = password.partition(".")
    if not hmac.compare_digest(mac.encode(), mac_of(body, key).encode()):
        return None
    claims = Claims(**json.loads(decode(body)))  # signed, so it is what we made
    fresh = (time.time() if now is None else now) < claims.until
    return claims if fresh and claims.name == name else None


def from_basic(header: str, key: bytes) -> Claims | None:
    """Return the claims behind an HTTP `Authorization: Basic` header; None without good ones."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return verify(name, password, key)


def mac_of(body: str, key: bytes) -> str:
    return encode(hmac.digest(key, body.encode(), hashlib.sha256))


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
