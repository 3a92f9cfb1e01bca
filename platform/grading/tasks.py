"""What Celery runs. Each is safe to be delivered twice."""

from typing import Any
from uuid import UUID

from celery import Task, shared_task

from accounts.models import User
from curriculum.models import Exercise
from grading.submissions import auto_check, auto_check_throttle, grading
from grading.submissions.service import queue_grading
from sandboxes.queries import live_sandbox


@shared_task(bind=True, name="grading.grade", soft_time_limit=80, time_limit=90)
def grade(self: "Task[Any, Any]", submission_id: str) -> None:
    """Grade one submission. A delivery that comes again because its worker died closes what that one left open."""
    redelivered = (self.request.delivery_info or {}).get("redelivered")
    if not grading.grade_submission(UUID(submission_id)) and redelivered:
        grading.interrupt(UUID(submission_id))


@shared_task(
    name="grading.look",
    soft_time_limit=auto_check_throttle.LOOK_SECONDS - 5,
    time_limit=auto_check_throttle.LOOK_SECONDS,
)
def look(user_id: int, exercise_id: int, slot: str) -> None:
    """Look at an exercise that nobody has pressed *Check* for, then make room for the next."""
    try:
        user = User.objects.filter(pk=user_id).first()
        exercise = Exercise.objects.select_related("lesson__course").filter(pk=exercise_id).first()
        if user and exercise:
            auto_check.look(user=user, exercise=exercise, sandbox=live_sandbox(user, exercise.lesson.key))
    finally:
        auto_check_throttle.free(slot)


@shared_task(name="grading.resume_submissions", soft_time_limit=25, time_limit=30)
def resume_submissions() -> None:
    """Find submissions whose task or worker was lost."""
    grading.resume(queue_grading)
