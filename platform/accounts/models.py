"""The user model: Django's, with a role."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """Somebody who signs in. The role says what they may do; `is_staff` only opens the Django admin."""

    class Role(models.TextChoices):
        STUDENT = "student"
        INSTRUCTOR = "instructor"
        OPERATOR = "operator"

    role = models.CharField(max_length=16, choices=Role, default=Role.STUDENT)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=["student", "instructor", "operator"]), name="user_role_known"
            ),
        ]

    @property
    def teaches(self) -> bool:
        """Whether this user may look into lessons, sandboxes and submissions of others."""
        return self.role in (self.Role.INSTRUCTOR, self.Role.OPERATOR)
