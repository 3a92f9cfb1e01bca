"""Close the site for maintenance: while a file lies in var/, every page answers 503.

It is a file so that it holds at once for every process, and without database or Redis.
"""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template

Handler = Callable[[HttpRequest], HttpResponse]
# Whoever supervises the processes still asks how they are.
OPEN_PATHS = {"/healthz", "/readyz"}
RETRY_SECONDS = 300
DEFAULT_MESSAGE = "We are working on Drydock and will be back soon. Your work is kept."


def flag() -> Path:
    """Return the file whose presence means maintenance; it holds what pages say."""
    return Path(settings.VAR_DIR) / "maintenance"


def current_message() -> str | None:
    """Return what pages show, or None when there is no maintenance."""
    try:
        return flag().read_text().strip() or DEFAULT_MESSAGE
    except FileNotFoundError:
        return None


def switch_on(message: str = "") -> None:
    flag().parent.mkdir(parents=True, exist_ok=True)
    flag().write_text(message)


def switch_off() -> None:
    flag().unlink(missing_ok=True)


def maintenance(get_response: Handler) -> Handler:
    """Answer every request while the site is closed.

    This middleware stands before sessions and everything else that needs the database.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        message = None if request.path in OPEN_PATHS else current_message()
        return get_response(request) if message is None else closed(request, message)

    return handle


def closed(request: HttpRequest, message: str) -> HttpResponse:
    """Return the 503: JSON in the API's error shape below /api/, else a page."""
    response: HttpResponse
    if request.path.startswith("/api/"):
        response = JsonResponse({"error": {"code": "maintenance", "message": message}}, status=503)
    else:
        page = get_template("maintenance.html").render({"request": request, "message": message})
        response = HttpResponse(page, status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
