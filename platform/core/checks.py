"""Warn, in `manage.py check` and at every start, of settings that do not go together."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

TAG = "drydock"
# These reach nobody; a backend of an operator's own is their affair.
LOCAL_BACKENDS = {"core.mail.MailFolder"} | {
    f"django.core.mail.backends.{name}.EmailBackend"
    for name in ("console", "filebased", "dummy", "locmem")
}


@register(TAG)
def check_mail(**_: Any) -> list[CheckMessage]:
    """Warn when mail goes nowhere in production, where somebody waits for it."""
    if not settings.PRODUCTION or settings.EMAIL_BACKEND not in LOCAL_BACKENDS:
        return []
    text = "Mail is not sent to anybody: nobody can confirm an address or reset a password."
    return [
        Warning(
            text,
            hint="Set EMAIL_URL, such as smtp+tls://user:password@host:587.",
            id="drydock.W001",
        )
    ]


@register(TAG)
def check_debug(**_: Any) -> list[CheckMessage]:
    """Warn when visitors of a production site would see tracebacks."""
    if not (settings.PRODUCTION and settings.DEBUG):
        return []
    return [
        Warning(
            "Debug mode shows settings and code to visitors.",
            hint="Unset DRYDOCK_DEBUG.",
            id="drydock.W002",
        )
    ]
