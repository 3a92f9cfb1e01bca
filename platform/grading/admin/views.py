"""Serve the admin's pages that correct scores: grading again, and setting a score by hand."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from grading.access import may_correct
from grading.errors import NotCorrectable
from grading.models import Submission
from grading.regrading.overrides import override_score, undo_override
from grading.regrading.service import CORRECTED, Verdict, is_applied, plan, regrade

# Submissions on one confirmation page; it takes about a millisecond for each.
MOST = 2000
LIST = "admin:grading_submission_changelist"


class RegradeForm(forms.Form):
    """Read the confirmation page: submissions, what was shown for them, and how to go on."""

    ids = forms.CharField(widget=forms.HiddenInput)
    shown = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(max_length=500, strip=True, label="Reason", initial=CORRECTED)
    allow_lower = forms.BooleanField(required=False, label="Let scores fall, too")

    def clean_ids(self) -> list[UUID]:
        """Parse the ids of the selected submissions."""
        try:
            ids = [UUID(text) for text in self.cleaned_data["ids"].split(",")]
        except ValueError as error:
            raise forms.ValidationError("These are not submissions.") from error
        if len(ids) > MOST:
            raise forms.ValidationError(f"Select at most {MOST} at once.")
        return ids


class ScoreForm(forms.Form):
    """Read a score and why it is set."""

    score = forms.IntegerField(min_value=0, label="Score")
    reason = forms.CharField(
        max_length=1000, strip=True, label="Reason", widget=forms.Textarea(attrs={"rows": 3})
    )


def show_regrade(
    request: HttpRequest, ids: Sequence[UUID], form: RegradeForm | None = None
) -> HttpResponse:
    """Show what grading these again would change, and offer to do it."""
    require_corrector(request)
    verdicts = list(plan(Submission.objects.filter(pk__in=ids, state=Submission.State.GRADED)))
    start = {"ids": ",".join(map(str, ids)), "shown": digest_of(verdicts), "reason": CORRECTED}
    context = {
        **admin.site.each_context(request),
        "title": "Grade again",
        "opts": Submission._meta,
        "form": form or RegradeForm(initial=start),
        "start": start,
        "verdicts": [verdict for verdict in verdicts if verdict.notable],
        "counts": counts_by_kind(verdicts),
        "list_url": reverse(LIST),
    }
    return TemplateResponse(request, "admin/grading/regrade.html", context)


@require_POST
def confirm_regrade(request: HttpRequest) -> HttpResponse:
    """Do what was shown; when something else would come out by now, show that first."""
    require_corrector(request)
    form = RegradeForm(request.POST)
    if not form.is_valid():
        if "ids" not in form.cleaned_data:
            messages.error(request, "Nothing was selected.")
            return redirect(LIST)
        return show_regrade(request, form.cleaned_data["ids"], form)
    ids = form.cleaned_data["ids"]
    if digest_of(list(plan(Submission.objects.filter(pk__in=ids)))) != form.cleaned_data["shown"]:
        messages.warning(request, "Something has changed meanwhile. Review what would be done.")
        return show_regrade(request, ids)
    lower = form.cleaned_data["allow_lower"]
    user: Any = request.user
    batches = regrade(ids, by=user, reason=form.cleaned_data["reason"], allow_lower=lower)
    changed = sum(1 for batch in batches for verdict in batch if is_applied(verdict, lower))
    messages.success(request, f"{changed} of {len(ids)} submissions have changed.")
    return redirect(LIST)


def set_score(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Set one submission's score by hand (`score`, `reason`), or undo that (`_undo`)."""
    require_corrector(request)
    rows = Submission.objects.select_related("exercise__lesson__course", "user")
    submission = get_object_or_404(rows, pk=pk)
    start = {"score": submission.score, "reason": submission.override_reason}
    form = ScoreForm(request.POST or None, initial=start)
    if request.method == "POST" and ("_undo" in request.POST or form.is_valid()):
        try:
            correct_score(request, submission, form)
        except NotCorrectable as error:
            form.is_valid()
            form.add_error(None, str(error))
        else:
            return redirect("admin:grading_submission_change", pk)
    context = {
        **admin.site.each_context(request),
        "title": "Set the score by hand",
        "opts": Submission._meta,
        "form": form,
        "submission": submission,
    }
    return TemplateResponse(request, "admin/grading/score.html", context)


def correct_score(request: HttpRequest, submission: Submission, form: ScoreForm) -> None:
    """Set the score, or undo that. Raises NotCorrectable."""
    user: Any = request.user
    if "_undo" in request.POST:
        undo_override(submission=submission, by=user, reason=request.POST.get("reason", ""))
        messages.success(request, "The checks' score counts again.")
    else:
        override_score(submission=submission, by=user, **form.cleaned_data)
        messages.success(request, "The score is set. The student sees it, and why.")


def require_corrector(request: HttpRequest) -> None:
    """Raise PermissionDenied for who may not correct scores."""
    if not may_correct(request.user):
        raise PermissionDenied


def counts_by_kind(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Count verdicts by kind, under names that a template can use."""
    kinds = Counter(verdict.kind.replace(" ", "_") for verdict in verdicts)
    return {"all": len(verdicts), **kinds}


def digest_of(verdicts: Sequence[Verdict]) -> str:
    """Hash what the verdicts say, so that what is done is what was shown."""
    digest = hashlib.sha256()
    for verdict in sorted(verdicts, key=lambda verdict: verdict.submission.pk):
        shown = (verdict.kind, verdict.before, verdict.after, verdict.results)
        digest.update(repr((verdict.submission.pk, *shown)).encode())
    return digest.hexdigest()
