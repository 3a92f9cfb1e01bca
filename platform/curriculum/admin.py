"""Courses, lessons and exercises in the admin: to look at. They come from files, which a load would bring back, and
deleting one would delete what students did in it."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from curriculum.models import Course, Exercise, Lesson


class FromFiles(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes no type arguments when it runs
    """Nothing can be added, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Course)
class CourseAdmin(FromFiles):
    list_display = ("title", "slug", "position", "archived")
    list_filter = ("archived",)
    search_fields = ("title", "slug")


@admin.register(Lesson)
class LessonAdmin(FromFiles):
    list_display = ("title", "course", "slug", "position", "minutes", "archived")
    list_filter = ("course", "archived")
    list_select_related = ("course",)
    search_fields = ("title", "slug")


@admin.register(Exercise)
class ExerciseAdmin(FromFiles):
    list_display = ("title", "lesson", "slug", "position", "machine", "points", "archived")
    list_filter = ("lesson__course", "archived")
    list_select_related = ("lesson__course",)
    search_fields = ("title", "slug", "lesson__title")
