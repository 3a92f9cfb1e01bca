"""Hold every page of the admin to the same rules, whoever wrote its class."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import ForeignKey, Model
from django.http import HttpRequest, HttpResponse
from django.utils.html import escape

from config.admin.auditing import Audited

Show = Callable[[Model], str]


class OpenLinks:
    """Link from a row to those others whose pages the reader may open; name the rest."""

    model: type[Model]
    admin_site: Any

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        for field in self.model._meta.fields:
            if isinstance(field, ForeignKey):
                setattr(self, as_text_name(field.name), as_text(field))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fieldsets, with names in place of links that lead nowhere."""
        fieldsets = super().get_fieldsets(request, obj)  # type: ignore[misc]
        return [
            (title, {**options, "fields": self.readable(request, obj, options["fields"])})
            for title, options in fieldsets
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the fields that are not for typing, in the same way."""
        return self.readable(request, obj, super().get_readonly_fields(request, obj))  # type: ignore[misc]

    def readable(self, request: HttpRequest, obj: Any, fields: Any) -> list[Any]:
        """Return the fields, closed relations among them as text."""
        return [
            as_text_name(name) if self.is_closed(request, obj, name) else name for name in fields
        ]

    def field_of(self, name: Any) -> Any:
        """Return the model's field of that name; None for what is no field."""
        try:
            return self.model._meta.get_field(name) if isinstance(name, str) else None
        except FieldDoesNotExist:
            return None

    def is_closed(self, request: HttpRequest, obj: Any, name: Any) -> bool:
        """Whether a field is shown, not typed, and leads to a page that is not for the reader."""
        field = self.field_of(name)
        if not isinstance(field, ForeignKey):
            return False
        if self.has_change_permission(request, obj) and (  # type: ignore[attr-defined]
            name not in super().get_readonly_fields(request, obj)  # type: ignore[misc]
        ):
            return False
        target = self.admin_site._registry.get(field.related_model)
        return target is not None and not target.has_view_or_change_permission(request)


# django-axes forgets what has expired at each sign-in, and its action for that raises.
LEFT_OUT_ACTIONS = {"cleanup_expired_attempts"}


class HouseRules(Audited, OpenLinks):
    """Answer a forged or outdated form in words, where Django would raise."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Return the actions that work."""
        actions = super().get_actions(request)  # type: ignore[misc]
        return {name: action for name, action in actions.items() if name not in LEFT_OUT_ACTIONS}

    def response_action(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Run an action on what was selected, if all of that can be ids."""
        try:
            for pk in request.POST.getlist("_selected_action"):
                self.model._meta.pk.to_python(pk)
        except ValidationError:
            messages.error(request, "What was selected is not in this list. Select it again.")
            return None
        answer: HttpResponse | None = super().response_action(request, queryset)  # type: ignore[misc]
        return answer


def with_rules(inline: type) -> type:
    """Return the class of a row's inline list, held to the rules as well."""
    return type(inline.__name__, (OpenLinks, inline), {"__module__": inline.__module__})


def as_text_name(name: str) -> str:
    """Return the name of the method that shows a relation without a link."""
    return f"{name}_as_text"


def as_text(field: Any) -> Show:
    """Return what shows a related row's name and no link."""

    def show(row: Model) -> str:
        related = getattr(row, field.name)
        return "–" if related is None else escape(str(related))

    show.short_description = field.verbose_name  # type: ignore[attr-defined]
    return show
