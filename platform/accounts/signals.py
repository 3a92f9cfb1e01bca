"""React to changes of a user's row, by a page, the admin or a command."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import password_reset
from django.contrib.auth.signals import user_logged_out
from django.db.models import Q
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import ApiToken, User
from accounts.sign_in.lockout import forgive
from accounts.websocket_auth import publish_change

HARMLESS_FIELDS = {"last_login", "first_name", "last_name", "email"}


@receiver(user_logged_out)
def after_sign_out(request: HttpRequest | None, user: User | None, **_: Any) -> None:
    """Name the session that ends: Django sends this before it drops the session."""
    if user is not None and request is not None:
        publish_change(user_id=user.pk, session_key=request.session.session_key or "")


@receiver(post_save, sender=User)
def after_save(
    instance: User, created: bool, update_fields: frozenset[str] | None, **_: Any
) -> None:
    """End all other sessions after a new password, and all of them for a switched-off account."""
    if not created and (update_fields is None or not update_fields <= HARMLESS_FIELDS):
        publish_change(user_id=instance.pk)


@receiver(post_save, sender=User)
def adopt_address(instance: User, **_: Any) -> None:
    """Confirm the address of an account that an operator made.

    Nobody but the operator wrote it, so it is taken as confirmed.
    """
    if not instance.email or instance.signs_up:
        return
    if not EmailAddress.objects.filter(Q(user=instance) | Q(email__iexact=instance.email)).exists():
        EmailAddress.objects.create(
            user=instance, email=instance.email.lower(), verified=True, primary=True
        )


@receiver(password_reset)
def after_reset(user: User, **_: Any) -> None:
    """Forgive failed sign-ins: whoever reads the account's mail is its owner."""
    forgive(user)


@receiver(post_delete, sender=User)
def after_delete(instance: User, **_: Any) -> None:
    publish_change(user_id=instance.pk)


@receiver(post_delete, sender=ApiToken)
def after_revoking(instance: ApiToken, **_: Any) -> None:
    publish_change(user_id=instance.user_id)
