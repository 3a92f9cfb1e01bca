"""Store what was changed by hand, by whom and why.

Entries of this audit log are added, and never altered or removed.
"""

from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone

APPEND_ONLY = "Entries of the audit log are neither altered nor removed."


class AppendOnlyQuerySet(models.QuerySet["AuditEntry"]):
    """Allow reads and additions."""

    def update(self, **_kwargs: Any) -> int:
        """Raise TypeError."""
        raise TypeError(APPEND_ONLY)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Raise TypeError."""
        raise TypeError(APPEND_ONLY)


class AuditEntry(models.Model):
    """Store one change of one object.

    It names its actor and object by value, so that it outlives both: `actor_id` is the user's id,
    `target` a model's label and `target_id` its key. `target_name` is what the object was called,
    empty for what is a person's (core.audit). `before` and `after` hold what changed, as JSON.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    actor_id = models.BigIntegerField(null=True, editable=False)
    actor = models.CharField(
        max_length=150, blank=True, editable=False, help_text="Empty: the platform itself."
    )
    action = models.CharField(max_length=60, editable=False)
    target = models.CharField(max_length=60, editable=False)
    target_id = models.CharField(max_length=64, editable=False)
    target_name = models.CharField(max_length=200, blank=True, editable=False)
    before = models.JSONField(default=dict, editable=False)
    after = models.JSONField(default=dict, editable=False)
    reason = models.TextField(blank=True, editable=False)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = "entry of the audit log"
        verbose_name_plural = "audit log"
        indexes = [models.Index(fields=["target", "target_id"]), models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.what} {self.target_name}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry. Raises TypeError when it is there already."""
        if not self._state.adding:
            raise TypeError(APPEND_ONLY)
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise TypeError."""
        raise TypeError(APPEND_ONLY)

    @property
    def what(self) -> str:
        """Say what was done to which kind of object, as in "change user"."""
        return f"{self.action.partition('.')[2].replace('_', ' ')} {self.kind}"

    @property
    def kind(self) -> str:
        """Return what its object is called in general, as in "user"."""
        try:
            return str(apps.get_model(self.target)._meta.verbose_name)
        except (LookupError, ValueError):
            return self.target
