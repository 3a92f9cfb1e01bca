"""Deleting an account, with everything that is its owner's."""

import logging

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db import transaction

from accounts.errors import LastOperator
from accounts.models import Role, User

logger = logging.getLogger(__name__)


def delete_account(*, user: User) -> None:
    """Remove a user and all that is theirs: rows go with the user's by cascade, sandboxes are ended and kept homes
    dropped by sandboxes/leaving.py, open websockets by signals.py. Raises LastOperator."""
    if is_last_operator(user):
        raise LastOperator("This is the only operator. Make somebody else one first.")
    number, names = user.pk, [name.lower() for name in (user.username, user.email) if name]
    with transaction.atomic():
        for log in (AccessAttempt, AccessFailureLog, AccessLog):
            log.objects.filter(username__in=names).delete()
        user.delete()
    logger.info("account %s deleted", number)


def is_last_operator(user: User) -> bool:
    """Whether nobody else could run the platform."""
    if not (user.operates or user.is_superuser):
        return False
    others = User.objects.filter(is_active=True).exclude(pk=user.pk)
    return not (others.filter(role=Role.OPERATOR) | others.filter(is_superuser=True)).exists()
