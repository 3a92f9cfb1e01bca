"""The password of a sandbox for the registry: who it is, signed. Nothing has to be stored or told to the gate.

`<base64url of JSON claims>.<base64url of HMAC-SHA256>`; the platform signs, the gate verifies with the same key.
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from dataclasses import asdict, dataclass

# What a name below which nobody but the platform and instructors pushes, and everybody pulls, is called.
SHARED_OWNERS = ("course", "library")
COURSE_OWNER = "course"


@dataclass(frozen=True)
class Claims:
    """Who asks: the student's name in the registry, the course of the sandbox, whether it is somebody who teaches, and
    until when (seconds since 1970) the password is good."""

    name: str
    course: str
    teaches: bool
    until: int


def sign(claims: Claims, key: bytes) -> str:
    """The password for these claims."""
    body = _encode(json.dumps(asdict(claims), separators=(",", ":")).encode())
    return f"{body}.{_mac(body, key)}"


def verify(name: str, password: str, key: bytes, now: float | None = None) -> Claims | None:
    """The claims of a good password of this name's; None for a wrong or an old one."""
    body, _, mac = password.partition(".")
    if not hmac.compare_digest(mac.encode(), _mac(body, key).encode()):
        return None
    claims = Claims(**json.loads(_decode(body)))  # signed, so it is what we made
    fresh = (time.time() if now is None else now) < claims.until
    return claims if fresh and claims.name == name else None


def from_basic(header: str, key: bytes) -> Claims | None:
    """The claims behind an HTTP `Authorization: Basic` header's value; None without good ones."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return verify(name, password, key)


def _mac(body: str, key: bytes) -> str:
    return _encode(hmac.digest(key, body.encode(), hashlib.sha256))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
