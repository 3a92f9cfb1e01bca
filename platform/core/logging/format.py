"""How log lines look: for people, or as JSON for a log store."""

import json
import logging
from datetime import UTC, datetime

from core.logging.context import FIELDS

# Kept by what writes access lines; JSON carries them as fields of their own.
EXTRA = ("method", "route", "status", "milliseconds")


def fields_of(record: logging.LogRecord, names: tuple[str, ...]) -> dict[str, object]:
    """Those of the named fields that the record has."""
    return {name: getattr(record, name) for name in names if getattr(record, name, None) is not None}


class LineFormatter(logging.Formatter):
    """`2026-05-01 12:00:00,000 INFO learn.api message [request_id=… user_id=…]`, then the traceback if there is one."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the base class's name
        line = super().formatMessage(record)
        belongs = " ".join(f"{name}={value}" for name, value in fields_of(record, FIELDS).items())
        return f"{line} [{belongs}]" if belongs else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (ISO 8601, UTC), level, logger, message, what it belongs to, exception."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **fields_of(record, FIELDS + EXTRA),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)
