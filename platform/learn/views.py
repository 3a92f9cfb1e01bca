"""Serve the learner's pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_cookie

from accounts.access import user_of
from accounts.models import User
from core.budgets import CLIENT
from curriculum.rendering.diagrams import fingerprint
from grading.access import (
    get_certificate_or_404,
    get_course_or_404,
    get_lesson_or_404,
    reader_of,
)
from grading.certificates import award_certificate
from grading.errors import CourseNotFinished
from learn import queries
from learn.navigation import get_navigation_or_404
from learn.search import hits_payload, search_lessons

# What touch keyboards lack; static/js/terminal/input/soft_keys.js knows what each sends.
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


def readers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let in who may read lessons, and hand them on as the view's `reader`; others sign in."""

    @vary_on_cookie
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        reader = reader_of(request.user)
        if reader is None:
            return redirect_to_login(request.get_full_path())
        return view(request, reader, *args, **kwargs)

    return guarded


@require_safe
@readers
def courses(request: HttpRequest, reader: User) -> HttpResponse:
    """Show all courses, to guests too."""
    return render(request, "learn/catalogue.html", queries.catalogue_page(reader))


@require_safe
@vary_on_cookie
def home(request: HttpRequest) -> HttpResponse:
    """Show all courses with the student's progress.

    Who isn't signed in sees the landing page.
    """
    if not request.user.is_authenticated:
        options = {
            "may_sign_up": settings.SIGN_UP == "open",
            "may_read": reader_of(request.user) is not None,
        }
        return render(request, "learn/landing.html", options)
    return render(request, "learn/catalogue.html", queries.catalogue_page(user_of(request)))


@require_safe
@readers
def course(request: HttpRequest, reader: User, course: str) -> HttpResponse:
    """Show a course's outline."""
    page = queries.course_page(reader, get_course_or_404(reader, course))
    return render(request, "learn/course.html", page)


@require_safe
@readers
def search(request: HttpRequest, reader: User) -> HttpResponse:
    """Show where lessons have the words that were typed."""
    query = request.GET.get("q", "")[: CLIENT.search_chars]
    page = {"query": query, "hits": search_lessons(reader, query)}
    return render(request, "learn/search.html", page)


@require_safe
@readers
def search_results(request: HttpRequest, reader: User) -> JsonResponse:
    """Answer the same to the page's own search."""
    hits = search_lessons(reader, request.GET.get("q", ""))
    return JsonResponse({"lessons": hits_payload(hits)})


@require_POST
@login_required
def award(request: HttpRequest) -> HttpResponse:
    """Write the certificate of the course that a form names."""
    user = user_of(request)
    course = get_course_or_404(user, request.POST.get("course", ""))
    try:
        certificate = award_certificate(user=user, course=course)
    except CourseNotFinished as error:
        messages.error(request, str(error))
        return redirect("course", course.slug)
    return redirect("certificate", certificate.pk)


@require_safe
def certificate(request: HttpRequest, certificate: UUID) -> HttpResponse:
    """Show a certificate to whoever has its address; search engines are asked to stay away."""
    row = get_certificate_or_404(certificate)
    page = {"certificate": row, "is_owner": row.user_id == request.user.pk}
    answer = render(request, "learn/certificate.html", page)
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_safe
@readers
def glossary(request: HttpRequest, reader: User, course: str) -> HttpResponse:
    """Show the words that a course explains."""
    page = queries.glossary_page(get_course_or_404(reader, course))
    return render(request, "learn/glossary.html", page)


@require_safe
@readers
@never_cache  # going back shows the state as it is, not as it was
def lesson(request: HttpRequest, reader: User, course: str, lesson: str) -> HttpResponse:
    """Show a lesson's workspace."""
    page = queries.lesson_page(reader, get_navigation_or_404(reader, course, lesson))
    return render(request, "learn/lesson.html", page | {"soft_keys": SOFT_KEYS})


@require_safe
@readers
def picture(
    request: HttpRequest, reader: User, course: str, lesson: str, name: str
) -> HttpResponse:
    """Serve a lesson's photo.

    Its address in a page names what it holds (`v`), so browsers may keep it for good.
    """
    row = get_lesson_or_404(reader, course, lesson)
    content, content_type = queries.get_photo_or_404(row, name)
    is_exact = request.GET.get("v") == fingerprint(content)
    cache_control = "private, max-age=31536000, immutable" if is_exact else "no-cache"
    return HttpResponse(
        content, content_type=content_type, headers={"Cache-Control": cache_control}
    )
