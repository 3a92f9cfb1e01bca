"""Store what was changed by hand, by whom and why.

Entries of this audit log are added, and never altered or removed.
"""

from typing import Any

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
    `target` a model's label and `target_id` its key. `before` and `after` hold what changed, as
    JSON.
    """

    at = models.DateTimeField(default=timezone.now, editable=False)
    actor_id = models.BigIntegerField(null=True, editable=False)
    actor = models.CharField(
        max_length=150, blank=True, editable=False, help_text="Empty: the platform itself."
    )
    action = models.CharField(max_length=60, editable=False)
    target = models.CharField(max_length=60, editable=False)
    target_id = models.CharField(max_length=64, editable=False)
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
        return f"{self.action} of {self.target} {self.target_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the entry. Raises TypeError when it is there already."""
        if not self._state.adding:
            raise TypeError(APPEND_ONLY)
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise TypeError."""
        raise TypeError(APPEND_ONLY)
