"""Write courses, lessons and exercises in the admin, order lessons and publish them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from django.contrib import admin, messages
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from curriculum.admin.consequences import ConsequentialAdmin
from curriculum.admin.editor import (
    OLD_NAME,
    Edit,
    Row,
    change_url,
    describe_elsewhere,
    with_choices,
    with_old_name,
)
from curriculum.admin.form_parts import Group
from curriculum.admin.forms import SpecForm
from curriculum.admin.views import lesson_files, lesson_preview, session_state
from curriculum.authoring.album import album
from curriculum.authoring.machine_names import mentions
from curriculum.authoring.preview import page_url
from curriculum.authoring.service import (
    order_lessons,
    publish,
    remove_exercise,
    save_course_spec,
    save_exercise_spec,
    save_lesson_spec,
)
from curriculum.authoring.stamps import course_stamp, exercise_stamp, lesson_stamp
from curriculum.errors import InvalidLessonFiles, LessonFileError
from curriculum.loader.contents import contents_below, stored_contents
from curriculum.loader.script_files import scripts_in
from curriculum.models import Course, Exercise, Lesson
from curriculum.queries import lesson_titles
from curriculum.schema.policy import hint_fields
from curriculum.schema.prerequisites import FIELD
from curriculum.schema.specs import CourseSpec, ExerciseSpec, LessonSpec
from sandboxes.machine_types.registry import DEFAULT_TYPE

ARCHIVED_EXERCISE = (
    "This exercise is archived, and saving it would bring it back. "
    "Put it back into the lesson if that is what you want."
)


@admin.register(Course)
class CourseAdmin(ConsequentialAdmin):
    """Edit a course's title and summary, and the order of its lessons."""

    spec = CourseSpec
    nested = ("lessons",)
    list_display = ("title", "slug", "position", "shown")
    list_filter = ("archived",)
    search_fields = ("title", "slug")

    def initial_data(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """Return what the row says; a new one comes last."""
        if row:
            return {name: getattr(row, name) for name in ("title", "summary", "position")}
        return {"position": (Course.objects.aggregate(last=Max("position"))["last"] or 0) + 1}

    def version_stamp(self, row: Row | None, parent: Row) -> str:
        """Return what changes with its file."""
        return course_stamp(Course.objects.get(pk=row.pk)) if row else ""

    def is_about(self, error: LessonFileError, spec: Any) -> bool:
        """Return True: a course's file has nothing else in it."""
        return True

    def save_spec(self, request: HttpRequest, form: SpecForm[Any], edit: Edit) -> Row:
        """Save the course without its lessons."""
        return save_course_spec(spec=edit.spec, course=edit.row)

    def success_url(self, request: HttpRequest, row: Row) -> str:
        """Order the lessons as the page does, and return to it."""
        order_lessons(course=row, slugs=request.POST.getlist("order"))
        return super().success_url(request, row)

    def page_context(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """Return its lessons."""
        return {"lessons": row.lessons.filter(archived=False) if row else ()}


@admin.register(Lesson)
class LessonAdmin(ConsequentialAdmin):
    """Edit a lesson's text, machines and pictures, and whether students see it."""

    spec = LessonSpec
    nested = ("exercises",)
    list_display = ("title", "course", "slug", "position", "minutes", "shown")
    list_filter = ("course", "draft", "archived")
    list_select_related = ("course",)
    search_fields = ("title", "slug")
    actions = ("publish_selected", "withdraw_selected")

    def is_draft(self, row: Row) -> bool:
        """Whether its front matter says so."""
        return bool(row.draft)

    def get_urls(self) -> list[URLPattern]:
        """Return the model's own pages with the preview and the files."""
        wrap = self.admin_site.admin_view
        own = [
            path("preview/", wrap(lesson_preview), name="curriculum_preview"),
            path("<int:pk>/files/", wrap(lesson_files), name="curriculum_files"),
            path("session/", wrap(session_state), name="curriculum_session"),
        ]
        return own + super().get_urls()

    @admin.action(description="Publish: show to students")
    def publish_selected(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> None:
        """Show the lessons to students."""
        self.publish_lessons(request, queryset, draft=False)

    @admin.action(description="Back to draft: hide from students")
    def withdraw_selected(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> None:
        """Hide the lessons from students."""
        self.publish_lessons(request, queryset, draft=True)

    def publish_lessons(
        self, request: HttpRequest, lessons: QuerySet[Lesson], *, draft: bool
    ) -> None:
        """Publish lessons or withdraw them, and report those whose files have faults."""
        for lesson in lessons.select_related("course"):
            try:
                publish(lesson=lesson, draft=draft)
            except InvalidLessonFiles as invalid:
                for error in invalid.errors:
                    messages.error(request, f"{lesson}: {describe_elsewhere(error)}")
            else:
                self.log_change(request, lesson, "Back to draft." if draft else "Published.")

    def get_parent(self, request: HttpRequest, row: Row | None) -> Row:
        """Return the row's course, or the one that the parameter `course` names."""
        if row:
            return row.course
        return get_named(Course, request.GET.get("course"))

    def initial_data(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """Return what the row says; a new one is a draft at the end, with one machine."""
        if row:
            names = ("title", "summary", "minutes", "position", "draft", FIELD)
            machines = [{**machine, OLD_NAME: machine["name"]} for machine in row.machines]
            return {name: getattr(row, name) for name in names} | {
                "body": row.source.strip("\n"),
                "machines": machines,
            }
        last = parent.lessons.aggregate(last=Max("position"))["last"] or 0
        return {
            "position": last + 1,
            "draft": True,
            "minutes": 15,
            "machines": [{"name": "box", "kind": DEFAULT_TYPE}],
        }

    def adapt_form(self, part: Group, row: Row | None, parent: Row) -> Group:
        """Offer the other lessons as prerequisites, and keep what machines were called."""
        titles = lesson_titles(course=parent.slug, without=row)
        return with_old_name(with_choices(part, FIELD, titles, titles), "machines")

    def lock(self, row: Row | None, parent: Row) -> None:
        """Let nobody else save the lesson."""
        if row:
            row.refresh_from_db(from_queryset=Lesson.objects.select_for_update())

    def version_stamp(self, row: Row | None, parent: Row) -> str:
        """Return what changes with its text and place."""
        return lesson_stamp(row) if row else ""

    def is_about(self, error: LessonFileError, spec: Any) -> bool:
        """Whether it is about the lesson's own text, not an exercise's."""
        return error.file.name == "lesson.md"

    def save_spec(self, request: HttpRequest, form: SpecForm[Any], edit: Edit) -> Row:
        """Save the lesson without its exercises; what names a renamed machine follows."""
        names = new_machine_names(form.data, edit.row)
        saved = save_lesson_spec(
            course=edit.parent, spec=edit.spec, lesson=edit.row, machine_names=names
        )
        for old, new in names.items():
            messages.info(request, rename_report(old, new, mentions(stored_contents(saved), old)))
        return saved

    def success_url(self, request: HttpRequest, row: Row) -> str:
        """Return the lesson's own page when the author wants to try it."""
        return page_url(row) if "_try" in request.POST else super().success_url(request, row)

    def page_context(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """Return its exercises, its pictures, and where to try it."""
        if row is None:
            return {"preview": True}
        return {
            "preview": True,
            "exercises": row.exercises.filter(archived=False),
            "pictures": album(row, "", page_url(row)),
            "try_url": page_url(row),
            "files_url": reverse("admin:curriculum_files", args=[row.pk]),
        }


@admin.register(Exercise)
class ExerciseAdmin(ConsequentialAdmin):
    """Edit an exercise's task, hints and checks."""

    spec = ExerciseSpec
    list_display = ("title", "lesson", "slug", "position", "machine", "points", "shown")
    list_filter = ("lesson__course", "archived")
    list_select_related = ("lesson__course",)
    search_fields = ("title", "slug", "lesson__title")

    def is_draft(self, row: Row) -> bool:
        """Whether its lesson is one."""
        return bool(row.lesson.draft)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *rest: Any, **named: Any
    ) -> Any:
        """Show or save the form, or take the exercise out of its lesson."""
        if request.method == "POST" and object_id and "_remove" in request.POST:
            return self.remove_from_lesson(request, self.get_row(request, object_id))
        return super().changeform_view(request, object_id, *rest, **named)

    def remove_from_lesson(self, request: HttpRequest, row: Row) -> HttpResponse:
        """Take the exercise out of its lesson, and go there."""
        lesson = remove_exercise(lesson=row.lesson, slug=row.slug)
        self.log_change(request, row, "Taken out of its lesson.")
        messages.success(request, f"“{row}” was taken out of the lesson. Students' work is kept.")
        return redirect(change_url(lesson))

    def get_parent(self, request: HttpRequest, row: Row | None) -> Row:
        """Return the row's lesson, or the one that the parameter `lesson` names."""
        return row.lesson if row else get_named(Lesson, request.GET.get("lesson"))

    def adapt_form(self, part: Group, row: Row | None, parent: Row) -> Group:
        """Offer the lesson's machines."""
        return with_choices(part, "machine", [machine["name"] for machine in parent.machines])

    def initial_data(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """Return what the row says; a new one has a check in the first machine."""
        if row:
            definition = {name: value for name, value in row.definition.items() if name != "slug"}
            definition |= scripts_in(
                contents_below(stored_contents(row.lesson), f"exercises/{row.slug}/")
            )
            hints = [hint_fields(hint) for hint in definition.get("hints", ())]
            return definition | {"body": definition.get("body", "").strip("\n"), "hints": hints}
        machine = {"machine": parent.machines[0]["name"]} if parent.machines else {}
        return {"checks": [{"kind": "file", "points": 1}], "hints": []} | machine

    def refusal(self, request: HttpRequest, row: Row | None) -> str:
        """Return why an archived exercise is not saved: that would bring it back."""
        is_archived = row is not None and row.archived and "_restore" not in request.POST
        return ARCHIVED_EXERCISE if is_archived else ""

    def lock(self, row: Row | None, parent: Row) -> None:
        """Let nobody else save the lesson that it is in."""
        parent.refresh_from_db(from_queryset=Lesson.objects.select_for_update())
        if row:
            row.refresh_from_db()

    def version_stamp(self, row: Row | None, parent: Row) -> str:
        """Return what changes with its own files, not with those of other exercises."""
        return exercise_stamp(parent, row.slug) if row else ""

    def is_about(self, error: LessonFileError, spec: Any) -> bool:
        """Whether it is about a file in the exercise's folder, or below it."""
        return ("exercises", spec.slug) in pairwise(error.file.parts)

    def save_spec(self, request: HttpRequest, form: SpecForm[Any], edit: Edit) -> Row:
        """Save the exercise within its lesson."""
        lesson = save_exercise_spec(lesson=edit.parent, spec=edit.spec, is_new=edit.row is None)
        return lesson.exercises.get(slug=edit.spec.slug)

    def page_context(self, row: Row | None, parent: Row) -> dict[str, Any]:
        """Return its lesson's files, and where to try it."""
        return {
            "preview": True,
            "lesson": parent,
            "machines": ",".join(machine["name"] for machine in parent.machines),
            "pictures": album(parent, f"exercises/{row.slug}/", page_url(parent)) if row else (),
            "try_url": page_url(parent) if row else "",
            "files_url": reverse("admin:curriculum_files", args=[parent.pk]) if row else "",
        }


def new_machine_names(data: Mapping[str, Any], row: Lesson | None) -> dict[str, str]:
    """Return the names that a form gives the lesson's machines, by their old ones."""
    known = {machine["name"] for machine in row.machines} if row else set()
    pairs = ((machine.get(OLD_NAME), machine.get("name")) for machine in data.get("machines", ()))
    return {str(old): str(new) for old, new in pairs if old in known and new and old != new}


def rename_report(old: str, new: str, files: Sequence[str]) -> str:
    """Say what became of a machine's old name."""
    report = (
        f"The machine {old} is {new} now, in every exercise and block that names it."
        f" Students whose machines run already find it under {new} after a reset."
    )
    if files:
        report += f" The word {old} still stands in {', '.join(files)}: have a look at it there."
    return report


def get_named(model: type[Course] | type[Lesson], pk: str | None) -> Any:
    """Return the row that a query parameter names. Raises Http404."""
    row = (
        model._default_manager.filter(pk=pk, archived=False).first()
        if pk and pk.isdecimal()
        else None
    )
    if row is None:
        raise Http404("A lesson is added from its course's page, an exercise from its lesson's.")
    return row
