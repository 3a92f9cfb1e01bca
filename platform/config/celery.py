"""Define the Celery application and what beat runs."""

import os

from celery import Celery

from core.logging import task_context  # noqa: F401  connects its signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("drydock")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    # Beat only repairs and ages: the usual way to any of these is a task queued on commit.
    "reconcile": {"task": "sandboxes.reconcile", "schedule": 5.0, "options": {"expires": 5}},
    "reap": {"task": "sandboxes.reap", "schedule": 30.0, "options": {"expires": 30}},
    "mend-registries": {
        "task": "sandboxes.mend_registries",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "fill-libraries": {
        "task": "sandboxes.fill_libraries",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "clean-registries": {
        "task": "sandboxes.clean_registries",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "regrade-lost": {
        "task": "grading.resume_submissions",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "tell-waiting": {
        "task": "grading.tell_waiting",
        "schedule": 3.0,
        "options": {"expires": 3, "queue": "grading"},
    },
    "forget-keys": {"task": "learn.forget_keys", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget-sessions": {
        "task": "accounts.forget_sessions",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    "heartbeat": {"task": "operate.heartbeat", "schedule": 5.0, "options": {"expires": 5}},
    "grader-heartbeat": {
        "task": "operate.heartbeat",
        "args": ("grader",),
        "schedule": 5.0,
        "options": {"expires": 5, "queue": "grading"},
    },
}
