"""Draw error pages in the product's look.

They are drawn without context processors, so without the database, and with the request, for its
nonce. 404 and 403 are Django's own views.
"""

from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return error_page(request, 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500."""
    return error_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 for a form whose token is missing or old."""
    return error_page(request, 403, "403_csrf.html")


def error_page(request: HttpRequest, status: int, template: str = "") -> HttpResponse:
    page = get_template(template or f"{status}.html").render({"request": request})
    return HttpResponse(page, status=status)
