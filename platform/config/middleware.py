"""Send the content security policy of each page."""

from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase
from django.urls import resolve

from config import csp
from operate import views
from ports.names import frame_sources

TERMINAL_PAGES = {"lesson"}
PROBES = {"/healthz": views.healthz, "/readyz": views.readyz}
Handler = Callable[[HttpRequest], HttpResponseBase]


def answer_probes(get_response: Handler) -> Handler:
    """Answer the health pages by whatever name or address they are asked.

    Load balancers and Kubernetes ask an address, which is not among the allowed hosts; the pages
    say nothing that depends on it.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        probe = PROBES.get(request.path_info)
        if probe is None:
            return get_response(request)
        request.resolver_match = resolve(request.path_info)  # for the log
        return probe(request)

    return handle


class PolicyMiddleware(CSPMiddleware):
    """Apply the exceptions of config/csp.py for the pages that need them."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Return the parts that the header is made of.

        What a view's own decorator says goes before these.
        """
        parts = super().get_policy_parts(request, response, report_only)
        match = request.resolver_match
        if match and not report_only:
            parts.replace = {
                **policy_exceptions(request, match.app_names, match.url_name),
                **(parts.replace or {}),
            }
        return parts


def policy_exceptions(
    request: HttpRequest, app_names: list[str], url_name: str | None
) -> dict[str, list[Any]]:
    if "admin" in app_names:
        return csp.ADMIN
    if url_name not in TERMINAL_PAGES:
        return {}
    return {**csp.TERMINAL, "frame-src": frame_sources(request)}
