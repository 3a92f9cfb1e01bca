"""What `manage.py check` and every start say about settings that do not go together."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning, register

TAG = "drydock"
# Known to reach nobody; a backend of an operator's own is their affair.
STAYS_HERE = {"core.mail.MailFolder"} | {
    f"django.core.mail.backends.{name}.EmailBackend" for name in ("console", "filebased", "dummy", "locmem")
}


@register(TAG)
def check_mail(**_: Any) -> list[CheckMessage]:
    """In production somebody waits for the mail."""
    if not settings.PRODUCTION or settings.EMAIL_BACKEND not in STAYS_HERE:
        return []
    text = "Mail is not sent to anybody: nobody can confirm an address or reset a password."
    return [Warning(text, hint="Set EMAIL_URL, such as smtp+tls://user:password@host:587.", id="drydock.W001")]


@register(TAG)
def check_debug(**_: Any) -> list[CheckMessage]:
    """In production tracebacks are nobody else's business."""
    if not (settings.PRODUCTION and settings.DEBUG):
        return []
    return [Warning("Debug mode shows settings and code to visitors.", hint="Unset DRYDOCK_DEBUG.", id="drydock.W002")]
