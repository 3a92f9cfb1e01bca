"""Format log lines: for people, or as JSON for a log store."""

import logging
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter as LibraryJsonFormatter

from core.logging.context import FIELDS

# Set by what writes access lines; JSON carries them as fields of their own.
ACCESS_FIELDS = ("method", "route", "status", "milliseconds")


def fields_of(record: logging.LogRecord, names: tuple[str, ...]) -> dict[str, object]:
    """Return those of the named fields that the record has."""
    values = {name: getattr(record, name, None) for name in names}
    return {name: value for name, value in values.items() if value is not None}


class LineFormatter(logging.Formatter):
    """Format a line for people, then the traceback if there is one.

    `2026-05-01 12:00:00,000 INFO learn.api message [request_id=… user_id=…]`
    """

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the base class's name
        line = super().formatMessage(record)
        context = " ".join(f"{name}={value}" for name, value in fields_of(record, FIELDS).items())
        return f"{line} [{context}]" if context else line


class JsonFormatter(LibraryJsonFormatter):
    """Format a line as one JSON object.

    Its fields: time (ISO 8601, UTC), level, logger, message, what it belongs to, exception. Nothing
    else that a call attached to the record: a request's repr, say, holds its path.
    """

    def __init__(self) -> None:
        super().__init__(json_default=str, json_ensure_ascii=False)

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        """Fill in `log_data`; `message_dict` has the traceback that the library has formatted."""
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(
            timespec="milliseconds"
        )
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = record.getMessage()
        log_data |= fields_of(record, FIELDS + ACCESS_FIELDS)
        if record.exc_info:
            log_data["exception"] = message_dict["exc_info"]
