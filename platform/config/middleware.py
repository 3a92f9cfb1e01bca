"""Send the content security policy of each page."""

from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase

from config import csp

TERMINAL_PAGES = {"lesson"}


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
                **policy_exceptions(match.app_names, match.url_name),
                **(parts.replace or {}),
            }
        return parts


def policy_exceptions(app_names: list[str], url_name: str | None) -> dict[str, list[Any]]:
    if "admin" in app_names:
        return csp.ADMIN
    return csp.TERMINAL if url_name in TERMINAL_PAGES else {}
