"""Show the audit log in the admin, to be read."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from core.models import AuditEntry

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[AuditEntry]
else:
    ModelAdmin = admin.ModelAdmin  # generic for type checkers only


@admin.register(AuditEntry)
class AuditEntryAdmin(ModelAdmin):
    """Show who changed what by hand, and why."""

    list_display = ("at", "actor", "action", "target", "target_id", "reason")
    list_filter = ("action", "target")
    search_fields = ("actor", "target_id", "reason")
    date_hierarchy = "at"
    fields = readonly_fields = (
        "at",
        "actor",
        "actor_id",
        "action",
        "target",
        "target_id",
        "before",
        "after",
        "reason",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: only services add entries."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: entries stay as they are."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: entries stay as they are."""
        return False
