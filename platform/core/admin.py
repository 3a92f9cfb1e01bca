"""Show the audit log in the admin, to be read."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.audit import name_of
from core.models import AuditEntry

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[AuditEntry]
else:
    ModelAdmin = admin.ModelAdmin  # generic for type checkers only

Rows = dict[str, Model]  # by id
# What entries hold as ids, and of which model.
RELATED = {"user": "accounts.user", "exercise": "curriculum.exercise"}


@admin.register(AuditEntry)
class AuditEntryAdmin(ModelAdmin):
    """Show who changed what, and why, by the names that things have now.

    Who may not see a kind of object in the admin does not read what was done to it.
    """

    list_display = ("at", "who", "what", "on_what", "reason")
    list_filter = ("action", "target")
    search_fields = ("actor", "target_name", "target_id", "reason")
    date_hierarchy = "at"
    fields = readonly_fields = ("at", "who", "what", "on_what", "was", "became", "reason")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: only services add entries."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: entries stay as they are."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: entries stay as they are."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """Leave out what was done to objects that the reader may not see."""
        entries = super().get_queryset(request)
        hidden = [
            model._meta.label_lower
            for model in apps.get_models()
            if not request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
        ]
        return entries.exclude(target__in=hidden) if hidden else entries

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Return the list with its objects, a query for each kind."""
        changelist: Any = super().get_changelist_instance(request)
        attach_rows(changelist.result_list, self.admin_site, request)
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Return an entry with its object, and those that its values name."""
        entry: Any = super().get_object(request, object_id, from_field)
        if entry is not None:
            attach_rows([entry], self.admin_site, request)
            entry.names = {
                name: rows_of(label, self.admin_site, request, ids_in(entry, name))
                for name, label in RELATED.items()
            }
        return entry

    @admin.display(description="Who", ordering="actor")
    def who(self, entry: AuditEntry) -> str:
        """Name the person; without one it was a command or the platform."""
        return entry.actor or "the platform"

    @admin.display(description="Did what", ordering="action")
    def what(self, entry: AuditEntry) -> str:
        """Say what was done, as in “change user”."""
        return entry.what

    @admin.display(description="To what", ordering="target_name")
    def on_what(self, entry: Any) -> SafeString | str:
        """Name the object, and link to it where it is still there."""
        row = entry.row
        if row is None:
            return f"{entry.target_name or entry.kind} (deleted)"
        page = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
        link = '<a class="text-link" href="{}">{}</a>'
        return format_html(link, reverse(page, args=[row.pk]), name_of(row))

    @admin.display(description="Before")
    def was(self, entry: Any) -> SafeString | str:
        """Show the values before."""
        return as_text(entry.before, entry.names)

    @admin.display(description="After")
    def became(self, entry: Any) -> SafeString | str:
        """Show the values after."""
        return as_text(entry.after, entry.names)


def attach_rows(entries: Iterable[Any], site: Any, request: HttpRequest) -> None:
    """Give each entry its object as `row`: None when it is gone or nobody may open it."""
    ids = defaultdict(set)
    for entry in entries:
        ids[entry.target].add(entry.target_id)
    rows = {label: rows_of(label, site, request, some) for label, some in ids.items()}
    for entry in entries:
        entry.row = rows[entry.target].get(entry.target_id)


def rows_of(label: str, site: Any, request: HttpRequest, ids: Iterable[str]) -> Rows:
    """Read a model's rows as its own admin page does. One query, none without ids."""
    try:
        model: Any = apps.get_model(label)
        keys = [model._meta.pk.to_python(pk) for pk in ids]
    except (LookupError, ValidationError):
        return {}
    registered = site._registry.get(model)
    if not keys or registered is None:
        return {}
    rows = registered.get_queryset(request)
    if registered.list_select_related:
        rows = rows.select_related(*registered.list_select_related)
    return {str(pk): row for pk, row in rows.in_bulk(keys).items()}


def ids_in(entry: AuditEntry, name: str) -> list[str]:
    """Return the ids that an entry's values hold under a name."""
    values = (facts.get(name) for facts in (entry.before, entry.after))
    return [str(value) for value in values if isinstance(value, int)]


def as_text(facts: dict[str, Any], names: dict[str, Rows]) -> SafeString | str:
    """Show values line by line, names in place of ids."""
    if not facts:
        return "–"
    known = {
        name: name_of(names[name][str(value)])
        for name, value in facts.items()
        if str(value) in names.get(name, {})
    }
    text = json.dumps(facts | known, indent=2, ensure_ascii=False, sort_keys=True)
    return format_html('<pre class="grading__evidence">{}</pre>', text)
