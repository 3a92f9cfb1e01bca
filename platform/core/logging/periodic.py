"""Leave out what would bury all else: that beat's tasks came, every few seconds, and went well."""

import logging
from functools import cache


class PeriodicFilter(logging.Filter):
    """Drop Celery's lines about tasks that beat sends, unless something was wrong."""

    def __init__(self, *, enabled: bool = True) -> None:
        super().__init__()
        self.enabled = enabled

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line stays.

        Celery gives a line's facts as `data`; that a task came too late, as arguments.
        """
        if not self.enabled or record.levelno > logging.INFO:
            return True
        data = getattr(record, "data", None)
        name = data.get("name") if isinstance(data, dict) else next(iter(record.args or ()), None)
        return name not in periodic_tasks()


@cache
def periodic_tasks() -> frozenset[str]:
    """Return the names of the tasks that beat sends."""
    from celery import current_app

    return frozenset(entry["task"] for entry in current_app.conf.beat_schedule.values())
