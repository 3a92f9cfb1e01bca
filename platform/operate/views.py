"""Serve health pages for supervisors, load balancers and monitoring. No sign-in."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from operate.checks.health import readiness, shortages


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer that the process lives."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when the platform can serve students, 503 naming what is down.

    `short` names what no host has enough of for new machines. Pages and the machines that run are
    served then, so a load balancer is to go on, and a monitor to call somebody.
    """
    parts = readiness()
    down = sorted(name for name, reason in parts.items() if reason)
    short = set() if "database" in down else shortages()
    body = {
        "status": "down" if down else "short" if short else "ok",
        "down": down,
        "short": sorted(short),
        "parts": {name: reason or "ok" for name, reason in parts.items()}
        | dict.fromkeys(short, "short"),
    }
    return JsonResponse(body, status=503 if down else 200)
