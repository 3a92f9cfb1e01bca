"""Configure where log lines go and what they look like."""

from typing import Any

# At DEBUG the websocket and Redis libraries would log what passes through them: what people type.
TALKATIVE = (
    "uvicorn.error",
    "websockets",
    "channels",
    "channels_redis",
    "redis",
    "kombu",
    "amqp",
    "docker",
    "urllib3",
    "asyncio",
)
# Where Celery says that a task has come, and how it ended.
TASK_LOGGERS = ("celery.worker.strategy", "celery.worker.request", "celery.app.trace")


def logging_configuration(level: str, line_format: str) -> dict[str, Any]:
    """Return Django's LOGGING for a level and a format, "line" or "json"."""
    talkative_level = "INFO" if level == "DEBUG" else level
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "context": {"()": "core.logging.context.ContextFilter"},
            "secrets": {"()": "core.logging.secrets.SecretFilter"},
            "periodic": {"()": "core.logging.periodic.PeriodicFilter", "enabled": level != "DEBUG"},
        },
        "formatters": {
            "line": {"()": "core.logging.format.LineFormatter"},
            "json": {"()": "core.logging.format.JsonFormatter"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": line_format,
                "filters": ["context", "secrets"],
            },
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # uvicorn's own handlers go, its access lines too: core/logging/request_log.py writes
            # them with the request's id.
            "uvicorn": {"handlers": [], "propagate": True},
            "uvicorn.access": {"handlers": [], "propagate": False},
            # It repeats what core/logging/request_log.py has logged already, with the whole path.
            "django.request": {"level": "ERROR"},
            # At INFO four lines with every sign-in, without the name; failures and locks are
            # warnings.
            "axes": {"level": level if level in ("ERROR", "CRITICAL") else "WARNING"},
            **{name: {"filters": ["periodic"]} for name in TASK_LOGGERS},
            **{name: {"level": talkative_level} for name in TALKATIVE},
        },
    }
