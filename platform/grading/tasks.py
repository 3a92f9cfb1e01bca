"""Run grading's tasks in Celery; each is safe to be delivered twice."""

from typing import Any

from celery import Task, shared_task

from accounts.models import User
from curriculum.models import Exercise
from grading.assignments import assign
from grading.submissions import auto_check_throttle
from grading.submissions.auto_check import run_auto_check
from grading.submissions.grading import grade_submission
from grading.submissions.payload import announce_places
from grading.submissions.recovery import interrupt_turn, recover_submissions
from grading.submissions.turns import take_turn
from sandboxes.queries import live_sandbox


@shared_task(bind=True, name="grading.grade", soft_time_limit=80, time_limit=90)
def grade(self: "Task[Any, Any]", _submission_id: str = "") -> None:
    """Grade whose turn it is, which need not be the submission that queued this.

    A delivery that comes again because its worker died closes what that one left open.
    """
    turn = self.request.id or ""
    if (self.request.delivery_info or {}).get("redelivered"):
        interrupt_turn(turn)
    take_turn(turn, grade_submission)


@shared_task(
    name="grading.look",  # as since version 0.1: workers and web processes may differ in age
    soft_time_limit=auto_check_throttle.LIMIT_SECONDS - 5,
    time_limit=auto_check_throttle.LIMIT_SECONDS,
)
def auto_check_exercise(user_id: int, exercise_id: int, slot: str) -> None:
    """Check an exercise that nobody has pressed *Check* for, then make room for the next."""
    try:
        user = User.objects.filter(pk=user_id).first()
        rows = Exercise.objects.select_related("lesson__course")
        exercise = rows.filter(pk=exercise_id).first()
        if user and exercise:
            sandbox = live_sandbox(user, exercise.lesson.key)
            run_auto_check(assignment=assign(exercise, user), sandbox=sandbox)
    finally:
        auto_check_throttle.free_slot(slot)


@shared_task(name="grading.tell_waiting", soft_time_limit=4, time_limit=8)
def tell_waiting() -> None:
    """Tell those whose submissions wait how many come before them."""
    announce_places()


@shared_task(name="grading.resume_submissions", soft_time_limit=25, time_limit=30)
def resume_submissions() -> None:
    """Recover submissions whose task or worker was lost."""
    recover_submissions()
