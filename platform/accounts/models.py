"""Define the user model (Django's, with a role), personal API tokens and invitations."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils import timezone


class Role(models.TextChoices):
    """List what somebody may do."""

    STUDENT = "student"
    INSTRUCTOR = "instructor"
    OPERATOR = "operator"


class AccountManager(UserManager["User"]):
    """Make whom `createsuperuser` creates an operator in the pages, too."""

    def create_superuser(
        self,
        username: str,
        email: str | None = None,
        password: str | None = None,
        **extra_fields: Any,
    ) -> "User":
        return super().create_superuser(
            username, email, password, **{"role": Role.OPERATOR, **extra_fields}
        )


class User(AbstractUser):
    """Store somebody who signs in.

    The role says what they may do; `is_staff` only opens the Django admin.
    """

    Role = Role
    # Set on the object, not in its row, while somebody makes an account of their own.
    signs_up = False

    role = models.CharField(max_length=16, choices=Role, default=Role.STUDENT)

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=["student", "instructor", "operator"]),
                name="user_role_known",
            ),
        ]

    @property
    def teaches(self) -> bool:
        """Whether this user may look into lessons, sandboxes and submissions of others."""
        return self.role in (Role.INSTRUCTOR, Role.OPERATOR)

    @property
    def operates(self) -> bool:
        """Whether this user may run the platform itself."""
        return self.role == Role.OPERATOR


class ApiToken(models.Model):
    """Store a program's key to the API in its owner's name.

    Only `tokens.py` makes one and looks one up.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(
        max_length=80, help_text="What it is for, such as the program that uses it."
    )
    prefix = models.CharField(
        max_length=16, help_text="How the secret begins, to tell tokens apart."
    )
    digest = models.CharField(
        max_length=64, unique=True, editable=False, help_text="SHA-256 of the secret, in hex."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True, help_text="Last use, to the minute.")

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class Invitation(models.Model):
    """Store one sign-up that somebody has vouched for.

    The link holds a secret of which only a hash is kept. Whoever uses it gets the role, and
    `accepted_by`, set once, is what makes it used.
    """

    email = models.EmailField(
        help_text="Where it is sent. Whoever has the link can use it with another address."
    )
    role = models.CharField(max_length=16, choices=Role, default=Role.STUDENT)
    digest = models.CharField(
        max_length=64, unique=True, editable=False, help_text="SHA-256 of the secret, in hex."
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="invitations",
    )
    accepted_by = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="invitation",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=["student", "instructor", "operator"]),
                name="invitation_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.email}"

    @property
    def open(self) -> bool:
        """Whether it can still be used."""
        return self.accepted_at is None and self.expires_at > timezone.now()
