"""What Celery runs. Each is safe to be delivered twice."""

from typing import Any
from uuid import UUID

from celery import Task, shared_task

from grading import services
from grading.submissions import queue_grading


@shared_task(bind=True, name="grading.grade", soft_time_limit=80, time_limit=90)
def grade(self: "Task[Any, Any]", submission_id: str) -> None:
    """Grade one submission. A delivery that comes again because its worker died closes what that one left open."""
    redelivered = (self.request.delivery_info or {}).get("redelivered")
    if not services.grade_submission(UUID(submission_id)) and redelivered:
        services.interrupt(UUID(submission_id))


@shared_task(name="grading.resume_submissions", soft_time_limit=25, time_limit=30)
def resume_submissions() -> None:
    """Find submissions whose task or worker was lost."""
    services.resume(queue_grading)
