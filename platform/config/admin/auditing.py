"""Write what is done in the admin to the audit log, whoever wrote the page."""

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest

from core import audit

SECRET = re.compile("password|secret|digest|data|key|code")
HIDDEN = "(not shown)"
CUT_AT = 500

Facts = dict[str, Any]


class Audited:
    """Record each addition, change and deletion, with what was there before and after."""

    model: type[Model]

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        """Return Django's message, and remember the values for the entry that follows."""
        request.audited_facts = facts_of(form)  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)  # type: ignore[misc]

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Write the admin's own history, and the audit log."""
        self.audit(request, obj, "add", message)
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Write the admin's own history, and the audit log where something has changed."""
        if message:
            self.audit(request, obj, "change", message)
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def audit(self, request: HttpRequest, obj: Model, verb: str, message: Any) -> None:
        """Write an entry of a change that a form or an action of the admin has made."""
        before, after = vars(request).pop("audited_facts", ({}, {}))
        if not after and not isinstance(message, str):
            after = {"fields": [name for part in message for name in fields_named(part)]}
        reason = message if isinstance(message, str) else ""
        audit.record([self.entry(request, obj, verb, before, after, reason)])

    def entry(
        self,
        request: HttpRequest,
        obj: Model,
        verb: str,
        before: Facts | None = None,
        after: Facts | None = None,
        reason: str = "",
    ) -> Any:
        """Return an entry about an object as it is now."""
        return audit.entry(
            actor=request.user,
            action=f"{obj._meta.app_label}.{verb}",
            target=obj,
            before=before or {},
            after=after or {},
            reason=reason,
        )

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete an object, and record that."""
        entries = [self.entry(request, obj, "delete")]
        with transaction.atomic():
            super().delete_model(request, obj)  # type: ignore[misc]
            self.record_gone(entries)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete objects, and record those that are gone: some may have been refused."""
        entries = [self.entry(request, obj, "delete") for obj in queryset]
        with transaction.atomic():
            super().delete_queryset(request, queryset)  # type: ignore[misc]
            self.record_gone(entries)

    def record_gone(self, entries: list[Any]) -> None:
        """Write those entries whose objects are no longer there."""
        ids = [entry.target_id for entry in entries]
        left = set(
            map(str, self.model._base_manager.filter(pk__in=ids).values_list("pk", flat=True))
        )
        audit.record(entry for entry in entries if entry.target_id not in left)


def fields_named(part: dict[str, Any]) -> list[str]:
    """Return the fields in a part of Django's message."""
    return [str(name) for facts in part.values() for name in facts.get("fields", [])]


def facts_of(form: Any) -> tuple[Facts, Facts]:
    """Return what a form changes: the values before, and those after."""
    before, after = {}, {}
    for name in form.changed_data:
        if SECRET.search(name):
            after[name] = HIDDEN
            continue
        before[name] = plain(
            original(form.fields[name], form.get_initial_for_field(form.fields[name], name))
        )
        after[name] = plain(form.cleaned_data.get(name))
    return before, after


def original(field: Any, initial: Any) -> Any:
    """Return the row that a choice among rows began with; any other value as it is."""
    if not hasattr(field, "queryset") or isinstance(initial, (list, Model)):
        return initial
    try:
        return field.to_python(initial)
    except ValidationError:
        return initial


def plain(value: Any) -> Any:
    """Return a value as JSON takes it, rows by their names, long texts cut."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, dict)):
        return [plain(item) for item in value]
    text = audit.name_of(value) if isinstance(value, Model) else str(value)
    return text if len(text) <= CUT_AT else text[:CUT_AT] + "…"
