"""Make and use invitations: links that let one person sign up in a chosen role."""

import hashlib
import logging
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.errors import InvitationUsed
from accounts.models import Invitation, Role, User
from core import audit

logger = logging.getLogger(__name__)

VALID_FOR = timedelta(days=14)


def may_invite_as(user: User) -> list[Role]:
    """Return the roles that a user may give: an operator any, an instructor a student's."""
    if user.operates or user.is_superuser:
        return list(Role)
    return [Role.STUDENT] if user.teaches else []


def invite(*, email: str, role: str, by: User | None) -> tuple[Invitation, str]:
    """Create an invitation; return it with its link's secret, which is shown only once."""
    raw = secrets.token_urlsafe(32)
    with transaction.atomic():
        invitation = Invitation.objects.create(
            email=email,
            role=role,
            invited_by=by,
            digest=secret_digest(raw),
            expires_at=timezone.now() + VALID_FOR,
        )
        audit_invitation(invitation, by, "invite", after={"role": role})
    logger.info("invitation %s as %s by user %s", invitation.pk, role, by.pk if by else "-")
    return invitation, raw


@transaction.atomic
def withdraw(*, invitation: Invitation, by: User) -> None:
    """Withdraw an invitation: its link opens nothing any more."""
    audit_invitation(invitation, by, "withdraw", before={"role": invitation.role})
    invitation.delete()


def audit_invitation(
    invitation: Invitation,
    by: User | None,
    verb: str,
    before: dict[str, str] | None = None,
    after: dict[str, str] | None = None,
) -> None:
    """Write to the audit log what was done with an invitation."""
    action = f"accounts.{verb}"
    entry = audit.entry(
        actor=by, action=action, target=invitation, before=before or {}, after=after or {}
    )
    audit.record([entry])


def find_open(raw: str) -> Invitation | None:
    """Return the invitation behind a link while it can be used, else None."""
    return open_invitations().filter(digest=secret_digest(raw)).first()


def open_invitations() -> QuerySet[Invitation]:
    """Return the invitations that can still be used."""
    return Invitation.objects.filter(accepted_at=None, expires_at__gt=timezone.now())


def accept(*, invitation: Invitation, user: User) -> None:
    """Use an invitation up and give its role.

    Raises InvitationUsed when somebody was quicker.
    """
    rows = open_invitations().filter(pk=invitation.pk)
    if rows.update(accepted_at=timezone.now(), accepted_by=user) != 1:
        raise InvitationUsed("This invitation was used before, or has expired.")
    user.role = invitation.role
    user.is_staff = user.teaches  # those who teach write lessons in the admin
    user.save(update_fields=["role", "is_staff"])


def secret_digest(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
