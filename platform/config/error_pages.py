"""Draw error pages in the product's look.

They are drawn without context processors, so without the database, and with the request, for its
nonce. 404 and 403 are Django's own views.
"""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template

DATABASE_ERRORS = (OperationalError, InterfaceError)
FAULTS_OF_OURS = ("no such", "near ", "table ", "unrecognized token")
RETRY_SECONDS = 5


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400."""
    return error_page(request, 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500; where the database took nothing, 503, for that passes.

    It is locked, full, or away: nothing of the request was stored.
    """
    if not is_database_away(sys.exception()):
        return error_page(request, 500)
    answer = error_page(request, 503)
    answer["Retry-After"] = str(RETRY_SECONDS)
    return answer


def is_database_away(error: BaseException | None) -> bool:
    """Whether the database took nothing; SQLite calls faults of ours by the same name."""
    ours = str(error).startswith(FAULTS_OF_OURS)
    return isinstance(error, DATABASE_ERRORS) and not ours


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 for a form whose token is missing or old."""
    return error_page(request, 403, "403_csrf.html")


def error_page(request: HttpRequest, status: int, template: str = "") -> HttpResponse:
    page = get_template(template or f"{status}.html").render({"request": request})
    return HttpResponse(page, status=status)
