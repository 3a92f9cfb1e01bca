"""The learner's pages."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from learn import queries
from learn.access import get_course_or_404, get_place_or_404, user_of

# What touch keyboards lack; static/js/terminal/softkeys.js knows what each sends.
SOFT_KEYS = (
    {"name": "escape", "label": "Esc"},
    {"name": "tab", "label": "Tab"},
    {"name": "control", "label": "Ctrl", "spoken": _("Ctrl, for the next key"), "sticky": True},
    {"name": "up", "label": "↑", "spoken": _("Up")},
    {"name": "down", "label": "↓", "spoken": _("Down")},
    {"name": "left", "label": "←", "spoken": _("Left")},
    {"name": "right", "label": "→", "spoken": _("Right")},
    {"name": "pipe", "label": "|", "spoken": _("Pipe")},
    {"name": "slash", "label": "/", "spoken": _("Slash")},
)


@require_safe
@vary_on_cookie
def home(request: HttpRequest) -> HttpResponse:
    """All courses, with what the student has of them; for who is not signed in, what this is about."""
    if not request.user.is_authenticated:
        return render(request, "learn/landing.html", {"may_sign_up": settings.SIGN_UP == "open"})
    return render(request, "learn/catalogue.html", queries.catalogue_page(user_of(request)))


@require_safe
@login_required
def course(request: HttpRequest, course: str) -> HttpResponse:
    """One course's outline."""
    (progress,) = queries.with_progress(user_of(request), [get_course_or_404(course, drafts=user_of(request).teaches)])
    return render(request, "learn/course.html", {"course": progress})


@require_safe
@login_required
@never_cache  # going back shows the state as it is, not as it was
def lesson(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    """The workspace."""
    user = user_of(request)
    page = queries.lesson_page(user, get_place_or_404(course, lesson, drafts=user.teaches))
    return render(request, "learn/lesson.html", page | {"soft_keys": SOFT_KEYS})
