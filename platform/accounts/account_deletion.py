"""Delete an account, with everything that is its owner's."""

import logging

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db import transaction
from django.db.models import Q

from accounts.errors import LastOperator
from accounts.models import Role, User
from accounts.sign_in.lockout import names_of

logger = logging.getLogger(__name__)


def delete_account(*, user: User) -> None:
    """Remove a user and all that is theirs.

    Rows go with the user's by cascade; sandboxes are ended and kept homes dropped by
    sandboxes/maintenance/user_deletion.py, open websockets closed by signals.py. Removing a user
    who is gone is no error. Raises LastOperator.
    """
    number, names = user.pk, names_of(user)
    with transaction.atomic():
        lock_user_and_operators(user)
        if is_last_operator(user):
            raise LastOperator("This is the only operator. Make somebody else one first.")
        for log in (AccessAttempt, AccessFailureLog, AccessLog):
            log.objects.filter(username__in=names).delete()
        for row in User.objects.filter(pk=number):
            row.delete()
    logger.info("account %s deleted", number)


def lock_user_and_operators(user: User) -> None:
    """Lock the user's row and the operators', in one order so that no two wait for each other."""
    list(
        User.objects.select_for_update()
        .filter(is_operator() | Q(pk=user.pk))
        .order_by("pk")
        .values("pk")
    )


def is_operator() -> Q:
    return Q(role=Role.OPERATOR) | Q(is_superuser=True)


def is_last_operator(user: User) -> bool:
    """Whether nobody else could run the platform."""
    if not (user.operates or user.is_superuser):
        return False
    return not User.objects.filter(is_operator(), is_active=True).exclude(pk=user.pk).exists()
