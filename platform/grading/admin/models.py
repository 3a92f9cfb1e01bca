"""Show submissions, scores and predictions in the admin.

Submissions can be graded again there, and a score can be set by hand.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from grading.access import may_correct
from grading.admin import views as admin_views
from grading.models import Certificate, Prediction, Score, Submission

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin  # generic for type checkers only


class ReadOnlyAdmin(ModelAdmin):
    """Show rows that nobody adds or changes by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether anybody may add a row: nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether anybody may change a row: nobody."""
        return False


class TrialFilter(admin.SimpleListFilter):
    """Leave out what those who teach have tried, unless it is asked for."""

    title = "by"
    parameter_name = "by"
    condition = Q(trial=True)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """List what may be asked for."""
        return [("trials", "Those who teach (trials)"), ("all", "Everybody")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Call the choice of nothing by what it means."""
        for number, choice in enumerate(super().choices(changelist)):
            yield choice if number else {**choice, "display": "Students"}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Select students' rows, trials or both."""
        if self.value() == "all":
            return queryset
        if self.value() == "trials":
            return queryset.filter(self.condition)
        return queryset.exclude(self.condition)


class TeacherFilter(TrialFilter):
    """Leave out by the person's role, where a row does not say whether it was a trial."""

    condition = ~Q(user__role=User.Role.STUDENT)


@admin.register(Submission)
class SubmissionAdmin(ReadOnlyAdmin):
    """Show every press of Check, with the evidence by which it was graded."""

    list_display = (
        "created_at",
        "user",
        "exercise",
        "number",
        "state",
        "score",
        "points",
        "passed",
        "score_by",
    )
    list_filter = (TrialFilter, "state", "passed", "exercise__lesson", "exercise")
    list_select_related = ("user", "exercise")
    search_fields = ("user__username", "exercise__slug", "exercise__title")
    date_hierarchy = "created_at"
    fields = readonly_fields = (
        "user",
        "exercise",
        "number",
        "state",
        "reason",
        "said_to_authors",
        "marks",
        "taken_off",
        "automatic",
        "trial",
        "override_reason",
        "correction",
        "result_versions",
        "results",
        "created_at",
        "changed_at",
        "sandbox",
        "exercise_version",
        "graded_with",
        "stored_evidence",
    )
    actions = ("regrade_selected",)

    class Media:
        css = {"all": ("css/admin_grading.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        """Leave out the evidence, which is large; a submission's page loads it."""
        submissions: QuerySet[Submission] = super().get_queryset(request)
        return submissions.defer("evidence")

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that correct scores."""
        wrap = self.admin_site.admin_view
        own = [
            path("regrade/", wrap(admin_views.confirm_regrade), name="grading_regrade"),
            path("<uuid:pk>/score/", wrap(admin_views.set_score), name="grading_set_score"),
        ]
        return own + super().get_urls()

    @admin.display(description="Score by")
    def score_by(self, submission: Submission) -> str:
        """Say who has set the score."""
        return "an instructor" if submission.override_reason else "the checks"

    @admin.display(description="Score")
    def marks(self, submission: Submission) -> str:
        """Return the score, of how many points."""
        return f"{submission.score} of {submission.points}{', passed' if submission.passed else ''}"

    @admin.display(description="Taken off")
    def taken_off(self, submission: Submission) -> str:
        """Say what was taken off for hints and for being late."""
        hints = f"{submission.hint_cost} for hints" if submission.hint_cost else ""
        late = "late" if submission.late else ""
        if submission.late_percent:
            late = f"{submission.late_percent} per cent, late"
        return ", ".join(filter(None, (hints, late))) or "–"

    @admin.display(description="Correction")
    def correction(self, submission: Submission) -> SafeString | str:
        """Link to where the score is set by hand."""
        if submission.state != Submission.State.GRADED:
            return "–"
        text = "Set the score by hand"
        if submission.override_reason:
            text = "Change the score set by hand, or undo it"
        url = reverse("admin:grading_set_score", args=[submission.pk])
        return format_html('<a class="grading__link" href="{}">{}</a>', url, text)

    @admin.display(description="Versions")
    def result_versions(self, submission: Submission) -> SafeString | str:
        """List the versions of results that were replaced, and who replaced them."""
        versions = submission.versions.select_related("by")
        if not versions:
            return "–"
        return render_to_string("admin/grading/_versions.html", {"versions": versions})

    @admin.display(description="Graded with")
    def graded_with(self, submission: Submission) -> str:
        """List the versions of image, exercise and checker."""
        about = submission.evidence.get("about", {})
        return ", ".join(f"{name} {value}" for name, value in about.items()) or "–"

    @admin.display(description="What failed")
    def said_to_authors(self, submission: Submission) -> SafeString | str:
        """Show what students are not shown, such as the traceback of a check's script."""
        if not submission.diagnosis:
            return "–"
        return format_html('<pre class="grading__evidence">{}</pre>', submission.diagnosis)

    @admin.display(description="Evidence")
    def stored_evidence(self, submission: Submission) -> SafeString:
        """Show the evidence by which the checks were evaluated."""
        text = json.dumps(submission.evidence, indent=2, ensure_ascii=False)
        return format_html('<pre class="grading__evidence">{}</pre>', text)

    @admin.action(description="Grade again with the checks as they are now")
    def regrade_selected(
        self, request: HttpRequest, queryset: QuerySet[Submission]
    ) -> HttpResponse | None:
        """Show what would change."""
        graded = queryset.filter(state=Submission.State.GRADED)
        ids = list(graded.values_list("pk", flat=True)[: admin_views.MOST + 1])
        if len(ids) > admin_views.MOST:
            messages.error(
                request,
                f"Select at most {admin_views.MOST} here; `manage.py regrade` does any number.",
            )
            return None
        return admin_views.show_regrade(request, ids)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer to grade again to those who may correct."""
        actions: dict[str, Any] = super().get_actions(request)
        if not may_correct(request.user):
            actions.pop("regrade_selected", None)
        return actions


@admin.register(Score)
class ScoreAdmin(ReadOnlyAdmin):
    """Show what counts of each student's attempts."""

    list_display = ("user", "exercise", "best", "attempts", "passed_at")
    list_filter = (TrialFilter, "exercise__lesson")
    list_select_related = ("user", "exercise")
    search_fields = ("user__username", "exercise__slug", "exercise__title")


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    """Show what was expected of a measurement, and what was measured."""

    list_display = ("made_at", "user", "exercise", "key", "value", "measured", "reference")
    list_filter = (TeacherFilter, "exercise__lesson", "exercise")
    list_select_related = ("user", "exercise")
    search_fields = ("user__username", "exercise__slug", "key")


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    """Show who has finished which course."""

    list_display = ("issued_at", "user", "name", "course_title")
    list_filter = ("course",)
    list_select_related = ("user",)
    search_fields = ("user__username", "name", "course_title")
    date_hierarchy = "issued_at"
    fields = readonly_fields = ("id", "user", "name", "course", "course_title", "issued_at")
