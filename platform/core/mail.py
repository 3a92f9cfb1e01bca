"""Put mail into files in var/mail while no mail server is named.

Not into the log, which is copied about and kept: mails hold links that reset a password.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend

logger = logging.getLogger(__name__)


class MailFolder(EmailBackend):
    """Write mails into a folder that only its owner opens; the log says that there is one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        Path(settings.EMAIL_FILE_PATH).mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(*args, **kwargs)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        sent: int = super().send_messages(email_messages)
        if sent:
            logger.info(
                "no mail server is named (EMAIL_URL): %s mail in %s", sent, settings.EMAIL_FILE_PATH
            )
        return sent
