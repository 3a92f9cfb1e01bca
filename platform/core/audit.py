"""Write the audit log.

A service calls this in the transaction of the change that it describes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from core.models import AuditEntry


def entry(
    *,
    actor: Any,
    action: str,
    target: Model,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str = "",
) -> AuditEntry:
    """Return an entry, not yet written.

    `actor` is a user, or None for the platform itself; `action` is "app.verb".
    """
    return AuditEntry(
        actor_id=actor.pk if actor else None,
        actor=actor.get_username() if actor else "",
        action=action,
        target=target._meta.label_lower,
        target_id=str(target.pk),
        before=dict(before),
        after=dict(after),
        reason=reason,
    )


def record(entries: Iterable[AuditEntry]) -> None:
    """Write entries, in one statement for each few hundred."""
    AuditEntry.objects.bulk_create(entries, batch_size=200)
