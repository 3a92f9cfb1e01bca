"""Writing courses, lessons and exercises in the admin, and putting lessons in order and before students."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from curriculum.admin.editor import Row, SpecAdmin, change_url, with_choices
from curriculum.admin.form_parts import Group
from curriculum.admin.views import lesson_files, lesson_preview
from curriculum.authoring.album import album
from curriculum.authoring.service import (
    order_lessons,
    publish,
    remove_exercise,
    save_course_spec,
    save_exercise_spec,
    save_lesson_spec,
)
from curriculum.errors import InvalidLessonFiles, LessonFileError
from curriculum.loader.contents import contents_below, stored_contents
from curriculum.loader.script_files import scripts_in
from curriculum.models import Course, Exercise, Lesson
from curriculum.queries import lesson_titles
from curriculum.schema.policy import hint_fields
from curriculum.schema.prerequisites import FIELD
from curriculum.schema.specs import CourseSpec, ExerciseSpec, LessonSpec


@admin.register(Course)
class CourseAdmin(SpecAdmin):
    """A course's title and summary, and the order of its lessons."""

    spec = CourseSpec
    nested = ("lessons",)
    list_display = ("title", "slug", "position", "shown")
    list_filter = ("archived",)
    search_fields = ("title", "slug")

    def data_of(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """From the row; a new one comes last."""
        if row:
            return {name: getattr(row, name) for name in ("title", "summary", "position")}
        return {"position": (Course.objects.aggregate(last=Max("position"))["last"] or 0) + 1}

    def stamp(self, row: Row | None, parent: Row) -> str:
        """What its file says."""
        return row.state if row else ""

    def owns(self, error: LessonFileError, spec: Any) -> bool:
        """There is nothing else in it."""
        return True

    def save_spec(self, spec: Any, row: Row | None, parent: Row) -> Row:
        """The course alone."""
        return save_course_spec(spec=spec, course=row)

    def after(self, request: HttpRequest, row: Row) -> str:
        """The same page; the order of lessons has come along."""
        order_lessons(course=row, slugs=request.POST.getlist("order"))
        return super().after(request, row)

    def context_of(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """Its lessons."""
        return {"lessons": row.lessons.filter(archived=False) if row else ()}


@admin.register(Lesson)
class LessonAdmin(SpecAdmin):
    """A lesson's text and machines, its pictures, and whether students see it."""

    spec = LessonSpec
    nested = ("exercises",)
    list_display = ("title", "course", "slug", "position", "minutes", "shown")
    list_filter = ("course", "draft", "archived")
    list_select_related = ("course",)
    search_fields = ("title", "slug")
    actions = ("publish_selected", "withdraw_selected")

    def is_draft(self, row: Row) -> bool:
        """As its front matter says."""
        return bool(row.draft)

    def get_urls(self) -> list[URLPattern]:
        """With the preview and the files."""
        wrap = self.admin_site.admin_view
        own = [
            path("preview/", wrap(lesson_preview), name="curriculum_preview"),
            path("<int:pk>/files/", wrap(lesson_files), name="curriculum_files"),
        ]
        return own + super().get_urls()  # type: ignore[no-any-return]

    @admin.action(description="Publish: show to students")
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> None:
        """Show them."""
        self._publish(request, queryset, draft=False)

    @admin.action(description="Back to draft: hide from students")
    def withdraw_selected(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> None:
        """Hide them."""
        self._publish(request, queryset, draft=True)

    def _publish(self, request: HttpRequest, lessons: QuerySet[Lesson], *, draft: bool) -> None:
        for lesson in lessons.select_related("course"):
            try:
                publish(lesson=lesson, draft=draft)
            except InvalidLessonFiles as invalid:
                messages.error(request, f"{lesson}: {invalid.errors[0].field}: {invalid.errors[0].message}")
            else:
                self.log_change(request, lesson, [{"changed": {"fields": ["draft"]}}])

    def parent(self, request: HttpRequest, row: Row | None) -> Row:
        """The course: the row's, or the one that `course` names."""
        if row:
            return row.course
        return _one(Course, request.GET.get("course"))

    def data_of(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """From the row; a new one is a draft at the course's end, with one machine."""
        if row:
            names = ("title", "summary", "minutes", "position", "draft", FIELD, "machines")
            return {name: getattr(row, name) for name in names} | {"body": row.source.strip("\n")}
        last = parent.lessons.aggregate(last=Max("position"))["last"] or 0
        return {"position": last + 1, "draft": True, "minutes": 15, "machines": [{"name": "box", "kind": "linux"}]}

    def adapt(self, part: Group, row: Row | None, parent: Row) -> Group:
        """Prerequisites are other lessons."""
        titles = lesson_titles(course=parent.slug, without=row)
        return with_choices(part, FIELD, titles, titles)

    def stamp(self, row: Row | None, parent: Row) -> str:
        """What its files say."""
        return row.state if row else ""

    def owns(self, error: LessonFileError, spec: Any) -> bool:
        """Its own text, not the exercises'."""
        return error.file.name == "lesson.md"

    def save_spec(self, spec: Any, row: Row | None, parent: Row) -> Row:
        """The lesson without its exercises."""
        return save_lesson_spec(course=parent, spec=spec, lesson=row)

    def after(self, request: HttpRequest, row: Row) -> str:
        """The lesson's own page if it is to be tried."""
        return try_url(row) if "_try" in request.POST else super().after(request, row)

    def context_of(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """Exercises, pictures, and where to try it."""
        if row is None:
            return {"preview": True}
        return {
            "preview": True,
            "exercises": row.exercises.filter(archived=False),
            "pictures": album(row, "", try_url(row)),
            "try_url": try_url(row),
            "files_url": reverse("admin:curriculum_files", args=[row.pk]),
        }


@admin.register(Exercise)
class ExerciseAdmin(SpecAdmin):
    """An exercise's task, hints and checks."""

    spec = ExerciseSpec
    list_display = ("title", "lesson", "slug", "position", "machine", "points", "shown")
    list_filter = ("lesson__course", "archived")
    list_select_related = ("lesson__course",)
    search_fields = ("title", "slug", "lesson__title")

    def is_draft(self, row: Row) -> bool:
        """With its lesson."""
        return bool(row.lesson.draft)

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, *rest: Any, **named: Any) -> Any:
        """Show or save the form, or take the exercise out of its lesson."""
        if request.method == "POST" and object_id and "_remove" in request.POST:
            return self._remove(request, self._row(request, object_id))
        return super().changeform_view(request, object_id, *rest, **named)

    def _remove(self, request: HttpRequest, row: Row) -> HttpResponse:
        lesson = remove_exercise(lesson=row.lesson, slug=row.slug)
        self.log_change(request, row, [{"deleted": {}}])
        messages.success(request, f"“{row}” is out of the lesson. What students did is kept.")
        return redirect(change_url(lesson))

    def parent(self, request: HttpRequest, row: Row | None) -> Row:
        """The lesson: the row's, or the one that `lesson` names."""
        return row.lesson if row else _one(Lesson, request.GET.get("lesson"))

    def adapt(self, part: Group, row: Row | None, parent: Row) -> Group:
        """The machine is one of the lesson's."""
        return with_choices(part, "machine", [machine["name"] for machine in parent.machines])

    def data_of(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """From the row; a new one begins with one check in the first machine."""
        if row:
            definition = {name: value for name, value in row.definition.items() if name != "slug"}
            definition |= scripts_in(contents_below(stored_contents(row.lesson), f"exercises/{row.slug}/"))
            hints = [hint_fields(hint) for hint in definition.get("hints", ())]
            return definition | {"body": definition.get("body", "").strip("\n"), "hints": hints}
        machine = {"machine": parent.machines[0]["name"]} if parent.machines else {}
        return {"checks": [{"kind": "file", "points": 1}], "hints": []} | machine

    def stamp(self, row: Row | None, parent: Row) -> str:
        """What the lesson's files say."""
        return str(parent.state)

    def owns(self, error: LessonFileError, spec: Any) -> bool:
        """What lies in its folder."""
        return bool(error.file.parent.name == spec.slug)

    def save_spec(self, spec: Any, row: Row | None, parent: Row) -> Row:
        """The exercise within its lesson."""
        lesson = save_exercise_spec(lesson=parent, spec=spec, is_new=row is None)
        return lesson.exercises.get(slug=spec.slug)

    def context_of(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """Its lesson's files, and where to try it."""
        return {
            "preview": True,
            "lesson": parent,
            "machines": ",".join(machine["name"] for machine in parent.machines),
            "pictures": album(parent, f"exercises/{row.slug}/", try_url(parent)) if row else (),
            "try_url": try_url(parent) if row else "",
            "files_url": reverse("admin:curriculum_files", args=[parent.pk]) if row else "",
        }


def try_url(lesson: Lesson) -> str:
    """The lesson's page, as students get it."""
    return reverse("lesson", args=[lesson.course.slug, lesson.slug])


def _one(model: type[Course] | type[Lesson], pk: str | None) -> Any:
    """The row that a query parameter names. Raises Http404."""
    row = model._default_manager.filter(pk=pk, archived=False).first() if pk and pk.isdecimal() else None
    if row is None:
        raise Http404("A lesson is added from its course's page, an exercise from its lesson's.")
    return row
