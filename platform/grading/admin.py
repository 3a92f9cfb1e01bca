"""Submissions and scores in the admin: to look at; only a task writes them."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from grading.models import Score, Submission

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin  # generic for type checkers only


class ReadOnlyAdmin(ModelAdmin):
    """Rows that nobody adds or changes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody may."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody may."""
        return False


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    """Every press of Check, with the evidence it was judged by."""

    list_display = ("created_at", "user", "exercise", "number", "state", "score", "points", "passed")
    list_filter = ("state", "passed", "exercise__lesson")
    list_select_related = ("user", "exercise")
    search_fields = ("user__username", "exercise__slug", "exercise__title")
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        """Without the evidence, which is large; one submission's page loads it."""
        submissions: QuerySet[Submission] = super().get_queryset(request)
        return submissions.defer("evidence")


@admin.register(Score)
class ScoreAdmin(ReadOnlyAdmin):
    """The best each student has reached."""

    list_display = ("user", "exercise", "best", "attempts", "passed_at")
    list_filter = ("exercise__lesson",)
    list_select_related = ("user", "exercise")
    search_fields = ("user__username", "exercise__slug", "exercise__title")
