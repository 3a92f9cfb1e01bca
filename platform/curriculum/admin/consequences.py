"""Ask before a course, a lesson or an exercise is renamed or taken away: say what hangs on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from curriculum.admin.editor import SpecAdmin, change_url, describe_elsewhere
from curriculum.authoring.removal import (
    Row,
    consequences,
    drawing_exercises,
    is_kept,
    lessons_of,
    remove_row,
    restore_row,
)
from curriculum.authoring.renaming import rename_course, rename_exercise, rename_lesson
from curriculum.errors import InvalidLessonFiles
from curriculum.models import Course, Exercise, Lesson

TEMPLATE = "admin/curriculum/consequences.html"


@dataclass(frozen=True)
class Question:
    """Hold what a page asks before it does something."""

    title: str
    button: str
    facts: Sequence[str]
    outcome: str
    slug: str = ""
    errors: Sequence[str] = ()


def ask(model_admin: SpecAdmin, request: HttpRequest, row: Row, question: Question) -> HttpResponse:
    """Return the page with the question; with errors its status is 422."""
    context: dict[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.model._meta,
        "title": question.title,
        "row": row,
        "question": question,
        "back_url": change_url(row),
    }
    status = 422 if question.errors else 200
    return TemplateResponse(request, TEMPLATE, context, status=status)


def rename_page(model_admin: SpecAdmin, request: HttpRequest, row: Row) -> HttpResponse:
    """Ask for another slug, or give it."""
    slug = request.POST.get("slug", row.slug).strip()
    errors: list[str] = []
    if request.method == "POST":
        try:
            renamed = rename_row(row, slug)
        except InvalidLessonFiles as invalid:
            errors = [
                f"Slug: {error.message}" if error.field == "slug" else describe_elsewhere(error)
                for error in invalid.errors
            ]
        else:
            old = row.slug
            model_admin.log_change(request, renamed, f"Renamed from {old} to {renamed.slug}.")
            messages.success(request, f"“{renamed}” is called {renamed.slug} now.")
            return redirect(change_url(renamed))
    outcome = (
        "What names it in other lessons follows, and students keep their work, machines and files. "
        "Its address changes: bookmarks and links from elsewhere lead nowhere."
    )
    question = Question(
        title=f"Rename “{row}”",
        button="Rename",
        facts=[*consequences(row), *drawing_facts(row), *built_facts(row)],
        outcome=outcome,
        slug=slug,
        errors=errors,
    )
    return ask(model_admin, request, row, question)


def rename_row(row: Row, slug: str) -> Row:
    """Give a row another slug. Raises InvalidLessonFiles."""
    if isinstance(row, Course):
        return rename_course(course=row, slug=slug)
    if isinstance(row, Lesson):
        return rename_lesson(lesson=row, slug=slug)
    return rename_exercise(exercise=row, slug=slug)


def drawing_facts(row: Row) -> list[str]:
    """Say that values of students' own change, which are drawn by the exercise's whole name."""
    drawing = drawing_exercises(row)
    if not drawing:
        return []
    titles = ", ".join(f"“{exercise}”" for exercise in drawing)
    return [f"Students get other values of their own in {titles}."]


def built_facts(row: Row) -> list[str]:
    """Say that machines with images of their own are built anew."""
    own = [
        machine["name"]
        for lesson in lessons_of(row)
        for machine in lesson.machines
        if not machine.get("kind") and not machine.get("image")
    ]
    return [f"Images that are built for {', '.join(own)} are built once more."] if own else []


def removal_page(model_admin: SpecAdmin, request: HttpRequest, row: Row) -> HttpResponse:
    """Ask whether to take a row away, or do it."""
    errors: list[str] = []
    parent_url = parent_page(row)
    if request.method == "POST":
        title = str(row)
        try:
            left = remove_row(row)
        except InvalidLessonFiles as invalid:
            errors = list(map(describe_elsewhere, invalid.errors))
        else:
            if left is None:
                messages.success(request, f"“{title}” is deleted.")
            else:
                model_admin.log_change(request, left, "Taken away.")
                messages.success(request, f"“{title}” is archived. Students' work is kept.")
            return redirect(parent_url)
    facts = consequences(row)
    if isinstance(row, Course):
        live = row.lessons.filter(archived=False).count()
        facts = [f"Its lessons go with it: {live}." if live else "It has no lessons.", *facts]
    outcome = (
        "It is archived: nobody sees it, students' work is kept, and it can be brought back here."
        if is_kept(row)
        else "Nobody has worked on it, so it is deleted for good."
    )
    question = Question(f"Take away “{row}”", removal_word(row), facts, outcome, errors=errors)
    return ask(model_admin, request, row, question)


def removal_word(row: Row) -> str:
    """Return what the button says that takes a row away."""
    return "Archive it" if is_kept(row) else "Delete it"


def parent_page(row: Row) -> str:
    """Return where to go when a row is gone."""
    if isinstance(row, Exercise):
        return change_url(row.lesson)
    if isinstance(row, Lesson):
        return change_url(row.course)
    return reverse("admin:curriculum_course_changelist")


class ConsequentialAdmin(SpecAdmin):
    """Edit a model whose rows are renamed, taken away and brought back on pages of their own."""

    def get_urls(self) -> list[URLPattern]:
        """Return the model's own pages with that which renames a row."""
        name = f"curriculum_{self.model._meta.model_name}_rename"
        page = self.admin_site.admin_view(self.rename_view)
        return [path("<path:object_id>/rename/", page, name=name), *super().get_urls()]

    def rename_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Rename a row, or ask for its new name."""
        row: Any = self.get_row(request, object_id)
        return rename_page(self, request, row)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Take a row away, or ask whether to."""
        row: Any = self.get_row(request, object_id)
        return removal_page(self, request, row)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *rest: Any, **named: Any
    ) -> Any:
        """Show or save the form, or bring a row back that was taken away."""
        if request.method == "POST" and object_id and "_bring_back" in request.POST:
            row: Any = self.get_row(request, object_id)
            restore_row(row)
            self.log_change(request, row, "Brought back.")
            messages.success(request, f"“{row}” is here again.")
            return redirect(change_url(row))
        return super().changeform_view(request, object_id, *rest, **named)
