"""Make tickets and passes for ports, and read them again.

A ticket opens a port once, within seconds; the page of the platform gets it. A pass is what the
ticket is exchanged for. Both hold, encrypted, whose session it is: whoever reads one learns
nothing, and it is worth what that session may do now.
"""

import hashlib
import json
import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.cache import cache

from accounts.encryption import derive_key
from core.budgets import PORTS
from ports.names import PortAddress

TICKET, PASS, PATH_PASS = "port ticket", "port pass", "port path"
SECONDS = {
    TICKET: PORTS.ticket_seconds,
    PASS: PORTS.pass_seconds,
    PATH_PASS: PORTS.path_pass_seconds,
}
# Longer is nothing of ours.
TOKEN_CHARS = 1_000


@dataclass(frozen=True)
class Pass:
    """Say whose session may reach a port, from a page of which origin of the platform's."""

    address: PortAddress
    user_id: int
    session_key: str
    platform: str

    def encode(self, kind: str) -> str:
        """Return the pass as a ticket, cookie or part of a path."""
        fields = [
            self.address.machine_id.hex,
            self.address.port,
            self.user_id,
            self.session_key,
            self.platform,
        ]
        token = keys(kind).encrypt(json.dumps(fields, separators=(",", ":")).encode())
        return token.decode().rstrip("=")


def decode(token: str, kind: str) -> Pass | None:
    """Return the pass that a text is; None for any other text, or one that is too old."""
    if not token or len(token) > TOKEN_CHARS or not token.isascii():
        return None
    padded = token + "=" * (-len(token) % 4)
    try:
        fields: list[Any] = json.loads(keys(kind).decrypt(padded.encode(), SECONDS[kind]))
    except InvalidToken:
        return None
    machine_id, port, user_id, session_key, platform = fields
    address = PortAddress(uuid.UUID(machine_id), port)
    return Pass(address, user_id, session_key, platform)


def use_ticket(token: str) -> bool:
    """Use a ticket up; False when it has been used."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    return bool(cache.add(f"port-ticket:{digest}", 1, 2 * PORTS.ticket_seconds))


def keys(kind: str) -> MultiFernet:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(key_of(secret, kind)) for secret in secrets])


@lru_cache(maxsize=32)
def key_of(secret: str, kind: str) -> bytes:
    return derive_key(secret, f"drydock {kind}".encode())
