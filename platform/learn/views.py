"""The learner's pages."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from learn import queries
from learn.access import get_course_or_404, get_lesson_or_404, user_of

# What touch keyboards lack; static/js/terminal/softkeys.js knows what each sends.
SOFT_KEYS = (
    {"name": "escape", "label": "Esc", "spoken": "Escape"},
    {"name": "tab", "label": "Tab"},
    {"name": "control", "label": "Ctrl", "spoken": "Control, for the next key", "sticky": True},
    {"name": "up", "label": "↑", "spoken": "Up"},
    {"name": "down", "label": "↓", "spoken": "Down"},
    {"name": "left", "label": "←", "spoken": "Left"},
    {"name": "right", "label": "→", "spoken": "Right"},
    {"name": "pipe", "label": "|", "spoken": "Pipe"},
    {"name": "slash", "label": "/", "spoken": "Slash"},
)


@require_safe
@login_required
def catalogue(request: HttpRequest) -> HttpResponse:
    """All courses, with what the student has of them."""
    return render(request, "learn/catalogue.html", {"courses": queries.courses_with_progress(user_of(request))})


@require_safe
@login_required
def course(request: HttpRequest, course: str) -> HttpResponse:
    """One course's outline."""
    (progress,) = queries.with_progress(user_of(request), [get_course_or_404(course)])
    return render(request, "learn/course.html", {"course": progress})


@require_safe
@login_required
@never_cache  # going back shows the state as it is, not as it was
def lesson(request: HttpRequest, course: str, lesson: str) -> HttpResponse:
    """The workspace."""
    page = queries.lesson_page(user_of(request), get_lesson_or_404(course, lesson))
    return render(request, "learn/lesson.html", page | {"soft_keys": SOFT_KEYS})
