"""What a role may do in the Django admin, which `is_staff` opens. Permissions given to a user or group come on top."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from accounts.models import User

# Hosts are the operator's: their addresses say where the engines are.
_SHOWN = (
    "accounts.{}_user",
    "curriculum.{}_course",
    "curriculum.{}_lesson",
    "curriculum.{}_exercise",
    "sandboxes.{}_sandbox",
    "sandboxes.{}_machine",
    "grading.{}_submission",
    "grading.{}_score",
)
_RUN = ("accounts.{}_user", "auth.{}_group", "sandboxes.{}_host")
_LOOK = frozenset(name.format("view") for name in _SHOWN)
_EVERYTHING = frozenset(name.format(verb) for name in _RUN for verb in ("view", "add", "change", "delete"))

PERMISSIONS: dict[str, frozenset[str]] = {
    User.Role.INSTRUCTOR: _LOOK,
    User.Role.OPERATOR: _LOOK | _EVERYTHING,
}


class RoleBackend(BaseBackend):
    """Gives staff the permissions of their role; signs nobody in."""

    def get_user_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Names such as "grading.view_score"; none for those who are not active staff, nor for a single object."""
        if obj is not None or not isinstance(user_obj, User) or not (user_obj.is_active and user_obj.is_staff):
            return set()
        return set(PERMISSIONS.get(user_obj.role, ()))

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the admin shows this app at all."""
        return any(name.startswith(f"{app_label}.") for name in self.get_user_permissions(user_obj))
