"""React to changes of a user's row, by a page, the admin or a command."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import password_reset
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_out
from django.db import models
from django.db.models import Q
from django.db.models.signals import m2m_changed, post_delete, post_save
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
    """Have what is open decided anew after a change of password, role or right, or a switch-off."""
    if not created and (update_fields is None or not update_fields <= HARMLESS_FIELDS):
        publish_change(user_id=instance.pk)


@receiver(post_save, sender=User)
def revoke_tokens(instance: User, created: bool, **_: Any) -> None:
    """Revoke a user's tokens with the password: whoever knew it may have made them.

    Django keeps `_password` until the row is saved, and not when it only hashes anew.
    """
    if not created and getattr(instance, "_password", None) is not None:
        instance.api_tokens.all().delete()


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
def after_rights(
    instance: models.Model, action: str, reverse: bool, pk_set: set[int] | None, **_: Any
) -> None:
    """Have what is open decided anew for users whose groups or permissions change."""
    if not action.startswith("post_"):
        return
    for user_id in (pk_set or ()) if reverse else (instance.pk,):
        publish_change(user_id=user_id)


@receiver(m2m_changed, sender=Group.permissions.through)
def after_group_rights(instance: models.Model, action: str, reverse: bool, **_: Any) -> None:
    if action.startswith("post_") and not reverse:
        for user_id in User.objects.filter(groups=instance.pk).values_list("pk", flat=True):
            publish_change(user_id=user_id)


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
