"""What the admin's pages for courses, lessons and exercises share: one form made from the model's schema, saved through
authoring, with every fault at the field that it names."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from pydantic import BaseModel
from unfold.admin import ModelAdmin

from curriculum.admin.form_parts import Group, Leaf, Part, Rows, parts_of
from curriculum.admin.forms import SpecForm, read_form
from curriculum.errors import InvalidLessonFiles, LessonFileError

Row = Any
MEANWHILE = "Somebody saved this since you opened it. Copy what you wrote, open the page again and merge the two."


class SpecAdmin(ModelAdmin):  # type: ignore[misc]  # untyped package
    """A model whose form is made from `spec`. Rows are never deleted here: students' work hangs on them."""

    spec: type[BaseModel]
    nested: tuple[str, ...] = ()
    list_fullwidth = True

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Nobody may."""
        return False

    @admin.display(description="Shown to", ordering="archived")
    def shown(self, row: Row) -> str:
        """To whom."""
        if row.archived:
            return "nobody (archived)"
        return "instructors (draft)" if self.is_draft(row) else "students"

    # What each model says for itself.

    def is_draft(self, row: Row) -> bool:
        """Whether students don't see it yet."""
        return False

    def parent(self, request: HttpRequest, row: Row | None) -> Row:
        """What a row belongs to; for a new one the request says so. Raises Http404."""

    def data_of(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """What the form shows at first."""
        raise NotImplementedError

    def stamp(self, row: Row | None, parent: Row) -> str:
        """Changes when somebody saves what the form is about."""
        raise NotImplementedError

    def save_spec(self, spec: Any, row: Row | None, parent: Row) -> Row:
        """Save through authoring. Raises InvalidLessonFiles."""
        raise NotImplementedError

    def owns(self, error: LessonFileError, spec: Any) -> bool:
        """Whether a fault is of what this form edits."""
        raise NotImplementedError

    def context_of(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """What else the page shows."""
        return {}

    def adapt(self, part: Group, row: Row | None, parent: Row) -> Group:
        """The form's parts, with what only the database knows."""
        return part

    # The page.

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form, or save it. What is added to nothing is sent to where it can be added."""
        row = self._row(request, object_id)
        try:
            parent = self.parent(request, row)
        except Http404 as missing:
            messages.info(request, str(missing))
            return redirect("admin:curriculum_course_changelist")
        form = self._form(row, parent)
        if request.method == "POST":
            form.data = read_form(form.part, request.POST)
            saved = self._save(request, form, row, parent)
            if saved is not None:
                return self._answer(request, saved, row is None)
        return self._page(request, form, row, parent)

    def _row(self, request: HttpRequest, object_id: str | None) -> Row | None:
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

    def _form(self, row: Row | None, parent: Row) -> SpecForm[Any]:
        leave_out = (*self.nested, "slug") if row else self.nested
        part = self.adapt(parts_of(self.spec, leave_out=leave_out), row, parent)
        return SpecForm(self.spec, part, self.data_of(row, parent))

    def _save(self, request: HttpRequest, form: SpecForm[Any], row: Row | None, parent: Row) -> Row | None:
        spec = form.validate({"slug": row.slug} if row else {})
        if request.POST.get("stamp", "") != self.stamp(row, parent):
            form.add_error("", MEANWHILE)
        if spec is None or form.errors:
            return None
        try:
            return self.save_spec(spec, row, parent)
        except InvalidLessonFiles as invalid:
            blame(form, invalid, lambda error: self.owns(error, spec))
            return None

    def _answer(self, request: HttpRequest, row: Row, is_new: bool) -> HttpResponse:
        log, said = (self.log_addition, "Added.") if is_new else (self.log_change, "Changed.")
        log(request, row, [{"added": {}} if is_new else {"changed": {}}])
        messages.success(request, f"“{row}” is saved. {said}" if is_new else f"“{row}” is saved.")
        return redirect(self.after(request, row))

    def after(self, request: HttpRequest, row: Row) -> str:
        """Where to go when it is saved: the same page again."""
        return change_url(row)

    def _page(self, request: HttpRequest, form: SpecForm[Any], row: Row | None, parent: Row) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": str(row) if row else f"New {self.model._meta.verbose_name}",
            "row": row,
            "parent": parent,
            "form": form,
            "fields": form.fields(),
            "head_errors": form.head_errors(),
            "stamp": request.POST.get("stamp") or self.stamp(row, parent),
            **self.context_of(row, parent),
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/curriculum/editor.html", context, status=status)


def change_url(row: Row) -> str:
    """The admin's page of a row."""
    return reverse(f"admin:curriculum_{row._meta.model_name}_change", args=[row.pk])


def with_choices(form: Group, name: str, choices: Iterable[str], titles: Mapping[str, str] | None = None) -> Group:
    """The form with one of its texts, or each of a list of texts, chosen from a list."""
    chosen: dict[str, Any] = {"widget": "choice", "choices": tuple(choices), "titles": titles or {}}

    def adapt(part: Part) -> Part:
        if isinstance(part, Rows) and isinstance(part.item, Leaf):
            return replace(part, item=replace(part.item, required=False, **chosen))
        return replace(part, **chosen) if isinstance(part, Leaf) else part

    return replace(form, parts=tuple(adapt(part) if part.name == name else part for part in form.parts))


def blame(form: SpecForm[Any], invalid: InvalidLessonFiles, owns: Callable[[LessonFileError], bool]) -> None:
    """Put each fault of the files at the form's field; what has none and is of this file, at the text with its line."""
    known = form.known_keys()
    for error in invalid.errors:
        if not owns(error):
            form.add_error("", f"{error.file.parent.name}/{error.file.name}: {error.field}: {error.message}")
        elif error.field in known:
            form.add_error(error.field, error.message)
        elif error.text_line is not None and "body" in known:
            form.add_error("body", f"line {error.text_line}: {error.field}: {error.message}")
        else:
            form.add_error("", f"{error.field}: {error.message}")
