"""Write the audit log, and read its objects' names.

Whatever changes something for staff calls this in the transaction of the change it describes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from core.models import AuditEntry

# What an object is called stays in the log when the object is gone; unless that is a person, or a
# person's: who deletes an account takes its name along.
PERSONAL_FIELDS = {"user", "username", "email"}
NAME_LENGTH = 200


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
        target_name="" if is_personal(type(target)) else name_of(target),
        before=dict(before),
        after=dict(after),
        reason=reason,
    )


def record(entries: Iterable[AuditEntry]) -> None:
    """Write entries, in one statement for each few hundred."""
    AuditEntry.objects.bulk_create(entries, batch_size=200)


def is_personal(model: type[Model]) -> bool:
    """Whether rows of a model are people, or belong to one."""
    return any(field.name in PERSONAL_FIELDS for field in model._meta.get_fields())


def name_of(row: Model) -> str:
    """Return what readers of the log know a row by."""
    return str(getattr(row, "audit_name", row))[:NAME_LENGTH]
