"""Error pages in the product's look. They are drawn without context processors, so without the database, and with the
request, for its nonce. 404 and 403 are Django's own views."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return _page(request, 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token is missing or old."""
    return _page(request, 403, "403_csrf.html")


def _page(request: HttpRequest, status: int, template: str = "") -> HttpResponse:
    page = get_template(template or f"{status}.html").render({"request": request})
    return HttpResponse(page, status=status)
