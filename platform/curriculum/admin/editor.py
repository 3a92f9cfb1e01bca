"""Edit courses, lessons and exercises: what their admin pages share.

A page is one form, made from the model's schema and saved through authoring, with every fault at
the field that it names.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from pydantic import BaseModel
from unfold.admin import ModelAdmin

from curriculum.admin.form_parts import Group, Leaf, Part, Rows, parts_of
from curriculum.admin.form_values import read_form
from curriculum.admin.forms import SpecForm
from curriculum.errors import InvalidLessonFiles, LessonFileError

Row = Any
SAVED_MEANWHILE = (
    "Somebody else has saved this since you opened it. Copy your text, open the page again, and "
    "merge the two."
)


@dataclass(frozen=True)
class Edit:
    """Hold what a form says, the row that it is about (None: a new one), and what that is in."""

    spec: Any
    row: Row | None
    parent: Row


# What a page sends that brings back what was typed before somebody was signed out.
OLD_NAME = "was"
UNSENT = "_unsent"
NOT_SAVED_YET = "What you had typed is here again. Nothing of it is saved yet."


class SpecAdmin(ModelAdmin):  # type: ignore[misc]  # untyped package
    """Edit a model with a form that is made from `spec`.

    Rows are never deleted here: students' work hangs on them.
    """

    spec: type[BaseModel]
    nested: tuple[str, ...] = ()
    list_fullwidth = True

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    @admin.display(description="Shown to", ordering="archived")
    def shown(self, row: Row) -> str:
        """Say who sees the row."""
        if row.archived:
            return "nobody (archived)"
        return "instructors (draft)" if self.is_draft(row) else "students"

    # A model's own page says the following.

    def is_draft(self, row: Row) -> bool:
        """Whether students don't see it yet."""
        return False

    def get_parent(self, request: HttpRequest, row: Row | None) -> Row:
        """Return what a row belongs to; for a new one the request names it. Raises Http404."""

    def initial_data(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """Return what the form shows at first."""
        raise NotImplementedError

    def version_stamp(self, row: Row | None, parent: Row) -> str:
        """Return a text that changes whenever what the form is about is saved."""
        raise NotImplementedError

    def save_spec(self, request: HttpRequest, form: SpecForm[Any], edit: "Edit") -> Row:
        """Save through authoring. Raises InvalidLessonFiles."""
        raise NotImplementedError

    def refusal(self, request: HttpRequest, row: Row | None) -> str:
        """Return why the form can't be saved, whatever it says; "" when it can."""
        return ""

    def lock(self, row: Row | None, parent: Row) -> None:
        """Let nobody else save what the form is about until the transaction ends."""

    def is_about(self, error: LessonFileError, spec: Any) -> bool:
        """Whether a fault is about what this form edits."""
        raise NotImplementedError

    def page_context(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """Return what else the page shows."""
        return {}

    def adapt_form(self, part: Group, row: Row | None, parent: Row) -> Group:
        """Return the form's parts with what only the database knows."""
        return part

    def success_url(self, request: HttpRequest, row: Row) -> str:
        """Return where to go when it is saved: to the same page again."""
        return change_url(row)

    # The page.

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form, or save it.

        Whoever adds a row without a parent is sent to where one can be added.
        """
        row = self.get_row(request, object_id)
        try:
            parent = self.get_parent(request, row)
        except Http404 as missing:
            messages.info(request, str(missing))
            return redirect("admin:curriculum_course_changelist")
        leave_out = (*self.nested, "slug") if row else self.nested
        parts = self.adapt_form(parts_of(self.spec, leave_out=leave_out), row, parent)
        before = self.initial_data(row, parent)
        form = SpecForm(self.spec, parts, before)
        if request.method == "POST":
            form.data = read_form(form.part, request.POST)
            if UNSENT in request.POST:
                messages.info(request, NOT_SAVED_YET)
                return self.render_form(request, form, row, parent)
            saved = self.save_form(request, form, row, parent)
            if saved is not None:
                self.report_saved(request, saved, parent, None if row is None else before)
                return redirect(self.success_url(request, saved))
        return self.render_form(request, form, row, parent)

    def get_row(self, request: HttpRequest, object_id: str | None) -> Row | None:
        """Return the row to change, None for a new one. Raises PermissionDenied and Http404."""
        if object_id is None:
            if not self.has_add_permission(request):
                raise PermissionDenied
            return None
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return row

    def save_form(
        self, request: HttpRequest, form: SpecForm[Any], row: Row | None, parent: Row
    ) -> Row | None:
        """Save what was typed and return the row; None, with the form's errors, on a fault."""
        spec = form.validate({"slug": row.slug} if row else {})
        with transaction.atomic():
            self.lock(row, parent)
            if request.POST.get("stamp", "") != self.version_stamp(row, parent):
                form.add_error("", SAVED_MEANWHILE)
            if reason := self.refusal(request, row):
                form.add_error("", reason)
            if spec is None or form.errors:
                return None
            try:
                return self.save_spec(request, form, Edit(spec, row, parent))
            except InvalidLessonFiles as invalid:
                add_file_errors(form, invalid, lambda error: self.is_about(error, spec))
                return None

    def report_saved(
        self, request: HttpRequest, row: Row, parent: Row, before: Mapping[str, Any] | None
    ) -> None:
        """Write the admin's log, and tell the author. `before` is what an old row's form said."""
        if before is None:
            self.log_addition(request, row, [{"added": {}}])
            messages.success(request, f"“{row}” is saved. Added.")
        else:
            after = self.initial_data(row, parent)
            changed = [name for name in after if after[name] != before.get(name)]
            fields = [name.replace("_", " ") for name in changed]
            self.log_change(request, row, [{"changed": {"fields": fields}}] if fields else [])
            messages.success(request, f"“{row}” is saved.")

    def render_form(
        self, request: HttpRequest, form: SpecForm[Any], row: Row | None, parent: Row
    ) -> HttpResponse:
        """Return the page; with errors its status is 422."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": str(row) if row else f"New {self.model._meta.verbose_name}",
            "row": row,
            "parent": parent,
            "form": form,
            "fields": form.fields(),
            "head_errors": form.head_errors(),
            "faulty_fields": form.faulty_fields(),
            "unsent": UNSENT in request.POST,
            "stamp": request.POST.get("stamp") or self.version_stamp(row, parent),
            **(row_urls(row) if row else {}),
            **self.page_context(row, parent),
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/curriculum/editor.html", context, status=status)


def change_url(row: Row) -> str:
    """Return the address of a row's page in the admin."""
    return reverse(f"admin:curriculum_{row._meta.model_name}_change", args=[row.pk])


def row_urls(row: Row) -> dict[str, str]:
    """Return the addresses of the pages that rename a row and take it away."""
    name = f"admin:curriculum_{row._meta.model_name}"
    return {
        "rename_url": reverse(f"{name}_rename", args=[row.pk]),
        "removal_url": reverse(f"{name}_delete", args=[row.pk]),
    }


def with_old_name(form: Group, name: str) -> Group:
    """Return the form with a field in each row of a list that keeps what the row was called."""

    def adapt(part: Part) -> Part:
        if part.name != name or not isinstance(part, Rows) or not isinstance(part.item, Group):
            return part
        item = replace(part.item, parts=(*part.item.parts, Leaf(OLD_NAME, "hidden")))
        return replace(part, item=item)

    return replace(form, parts=tuple(map(adapt, form.parts)))


def with_choices(
    form: Group, name: str, choices: Iterable[str], titles: Mapping[str, str] | None = None
) -> Group:
    """Return the form with a text, or each text of a list, chosen from `choices`."""
    options: dict[str, Any] = {
        "widget": "choice",
        "choices": tuple(choices),
        "titles": titles or {},
    }

    def adapt(part: Part) -> Part:
        if isinstance(part, Rows) and isinstance(part.item, Leaf):
            return replace(part, item=replace(part.item, required=False, **options))
        return replace(part, **options) if isinstance(part, Leaf) else part

    parts = tuple(adapt(part) if part.name == name else part for part in form.parts)
    return replace(form, parts=parts)


def describe_elsewhere(error: LessonFileError) -> str:
    """Say a fault of a file that the page does not show: the exercise or file, field, message."""
    parts = error.file.parts
    folder = parts[parts.index("exercises") + 1 :] if "exercises" in parts else parts[-2:]
    return f"{'/'.join(folder)}: {error.field}: {error.message}"


def add_file_errors(
    form: SpecForm[Any], invalid: InvalidLessonFiles, is_about: Callable[[LessonFileError], bool]
) -> None:
    """Add each fault of the files to the form's field.

    A fault of this file without a field of its own is shown at the text, with its line there.
    """
    for error in invalid.errors:
        if not is_about(error):
            form.add_error("", describe_elsewhere(error))
        elif form.has_place(error.field):
            form.add_error(error.field, error.message)
        elif error.text_line is not None and form.has_place("body"):
            form.add_error("body", f"line {error.text_line}: {error.field}: {error.message}")
        else:
            form.add_error("", f"{error.field}: {error.message}")
