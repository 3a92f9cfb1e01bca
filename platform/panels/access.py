"""Decide who may see a sandbox's panels, and who may act through them.

The owner may do both, those who teach may look, and everybody else is told that it does not exist.
"""

import uuid
from dataclasses import dataclass

from accounts.models import User
from accounts.websocket_auth import SIGN_IN, Refusal
from sandboxes.models import Machine, Sandbox

NOT_FOUND = Refusal(4004, "not-found")
ENDED = Refusal(4009, "ended")
# The role has changed: the page comes back by itself.
ROLE_CHANGED = Refusal(1012, "role")
ACTIVE = (Sandbox.State.REQUESTED, Sandbox.State.STARTING, Sandbox.State.READY)


@dataclass(frozen=True)
class PanelGrant:
    """Let somebody see a sandbox's panels; `acts` when they may change its machines."""

    sandbox_id: str
    user_id: int
    acts: bool


def grant_panels(user: User, sandbox_id: uuid.UUID) -> PanelGrant | Refusal:
    """Decide on a sandbox's panels, with a single query."""
    if not user.is_authenticated or not user.is_active:
        return SIGN_IN
    sandbox = Sandbox.objects.filter(pk=sandbox_id).first()
    if sandbox is None or not (sandbox.user_id == user.pk or user.teaches):
        return NOT_FOUND
    if sandbox.state not in ACTIVE:
        return ENDED
    return PanelGrant(str(sandbox.pk), user.pk, acts=sandbox.user_id == user.pk)


def refusal_for(user: User, *, sandbox_id: uuid.UUID, acts: bool) -> Refusal | None:
    """Say why panels that are open must be closed for this user; None if they may stay."""
    decision = grant_panels(user, sandbox_id)
    if isinstance(decision, Refusal):
        return decision
    return None if decision.acts == acts else ROLE_CHANGED


def machine_of(sandbox_id: str, name: str) -> Machine | None:
    """Return a machine of a sandbox by its name, if it runs now."""
    machines = Machine.objects.filter(sandbox_id=sandbox_id, name=name)
    running = machines.filter(state=Machine.State.CLAIMED, sandbox__state=Sandbox.State.READY)
    return running.select_related("sandbox", "host").order_by("-created_at").first()
