"""Pass the context of log lines on to Celery: a task's lines carry its request's id."""

import inspect
from typing import Any

from celery import Task
from celery.signals import before_task_publish, task_prerun

from core.logging import context


@before_task_publish.connect
def pass_on(headers: dict[str, Any] | None = None, **_: object) -> None:
    """Put the request's id into the message."""
    if headers is not None and "request_id" in context.bound():
        headers["request_id"] = context.bound()["request_id"]


@task_prerun.connect
def take_over(
    task: "Task[Any, Any]",
    args: tuple[Any, ...] = (),
    kwargs: dict[str, Any] | None = None,
    **_: object,
) -> None:
    """Start a log context with the task's request id and sandbox.

    It replaces the previous task's.
    """
    arguments = inspect.signature(task.run).bind_partial(*args, **(kwargs or {})).arguments
    context.begin(request_id=task.request.get("request_id"), sandbox_id=arguments.get("sandbox_id"))
