"""Deleting an account, with everything that is its owner's."""

import logging

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db import transaction
from django.db.models import Q

from accounts.errors import LastOperator
from accounts.models import Role, User
from accounts.sign_in.lockout import names_of

logger = logging.getLogger(__name__)


def delete_account(*, user: User) -> None:
    """Remove a user and all that is theirs: rows go with the user's by cascade, sandboxes are ended and kept homes
    dropped by sandboxes/maintenance/user_deletion.py, open websockets by signals.py. Removing who is gone is no error. Raises
    LastOperator."""
    number, names = user.pk, names_of(user)
    with transaction.atomic():
        _hold(user)
        if is_last_operator(user):
            raise LastOperator("This is the only operator. Make somebody else one first.")
        for log in (AccessAttempt, AccessFailureLog, AccessLog):
            log.objects.filter(username__in=names).delete()
        for row in User.objects.filter(pk=number):
            row.delete()
    logger.info("account %s deleted", number)


def _hold(user: User) -> None:
    """Lock the user's row: who adds something of theirs waits, and is refused afterwards. The operators' rows, too, so
    that the last two can't leave at once. In one order, so that nobody waits for each other."""
    list(User.objects.select_for_update().filter(_runs_the_platform() | Q(pk=user.pk)).order_by("pk").values("pk"))


def _runs_the_platform() -> Q:
    return Q(role=Role.OPERATOR) | Q(is_superuser=True)


def is_last_operator(user: User) -> bool:
    """Whether nobody else could run the platform."""
    if not (user.operates or user.is_superuser):
        return False
    return not User.objects.filter(_runs_the_platform(), is_active=True).exclude(pk=user.pk).exists()
