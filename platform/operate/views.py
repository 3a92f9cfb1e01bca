"""Serve health pages for supervisors, load balancers and monitoring. No sign-in."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from operate.checks.health import readiness


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer that the process lives."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the platform can serve students, 503 naming what is down."""
    parts = readiness()
    down = sorted(name for name, reason in parts.items() if reason)
    body = {
        "status": "down" if down else "ok",
        "down": down,
        "parts": {k: v or "ok" for k, v in parts.items()},
    }
    return JsonResponse(body, status=503 if down else 200)
