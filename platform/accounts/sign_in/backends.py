"""Decide what each role may do in the Django admin.

Nobody ticks permissions for every user.
"""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AnonymousUser

from accounts.models import User

# Apps whose rows an instructor may change, and those that an instructor may only look at.
WRITABLE_APPS = {"curriculum"}
READABLE_APPS = {"grading", "sandboxes"}
# The audit log shows of these what was done to what its reader may see (core/admin.py).
READABLE_PERMISSIONS = {"core.view_auditentry"}
# Hosts are the operator's: their addresses say where the engines are.
HIDDEN_PERMISSIONS = {"sandboxes.view_host"}


class RoleBackend(BaseBackend):
    """Answer about permissions, beside Django's own backend; sign nobody in."""

    def has_perm(self, user_obj: User | AnonymousUser, perm: str, obj: object = None) -> bool:
        """Whether a user may do `perm`, an "app.verb_model". An operator may do anything."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        app, _, name = perm.partition(".")
        reads = app in READABLE_APPS and name.startswith("view_") and perm not in HIDDEN_PERMISSIONS
        allowed = app in WRITABLE_APPS or reads or perm in READABLE_PERMISSIONS
        return user_obj.operates or (user_obj.teaches and allowed)

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        """Whether the admin shows an app at all."""
        apart = [perm for perm in READABLE_PERMISSIONS if perm.startswith(f"{app_label}.")]
        return any(self.has_perm(user_obj, perm) for perm in (f"{app_label}.view_", *apart))
