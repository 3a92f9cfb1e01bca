"""What each role may do in the Django admin, without ticking permissions for every user."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AnonymousUser

from accounts.models import User

# Apps whose rows an instructor may change, and those that an instructor may only look at.
WRITES = {"curriculum"}
LOOKS = {"grading", "sandboxes"}
# Hosts are the operator's: their addresses say where the engines are.
HIDDEN = {"sandboxes.view_host"}


class RoleBackend(BaseBackend):
    """Signs nobody in; it only answers about permissions, beside Django's own backend."""

    def has_perm(self, user_obj: User | AnonymousUser, perm: str, obj: object = None) -> bool:
        """`perm` is "app.verb_model". An operator may do anything."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        app, _, name = perm.partition(".")
        looks = app in LOOKS and name.startswith("view_") and perm not in HIDDEN
        return user_obj.operates or (user_obj.teaches and (app in WRITES or looks))

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        """Whether the admin shows an app at all."""
        return self.has_perm(user_obj, f"{app_label}.view_")
