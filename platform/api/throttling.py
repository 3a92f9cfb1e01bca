"""Bound what a user may ask of the API: calls a minute, and sandboxes at once."""

import time

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from accounts.access import user_of
from accounts.models import User
from api.errors import TooManySandboxes
from core.shared_cache import count
from curriculum.models import Lesson
from curriculum.setup_scripts import setup_scripts_for
from sandboxes.lifecycle import request_sandbox
from sandboxes.models import Sandbox
from sandboxes.queries import live_sandbox

WINDOW_SECONDS = 60
READS = ("GET", "HEAD", "OPTIONS")


class CallLimit(BaseThrottle):
    """Count each user's calls in this minute, reads and changes apart.

    They are counted over all web processes.
    """

    def allow_request(self, request: HttpRequest) -> bool:
        """Count a call; whether it is within the bound."""
        kind = "read" if request.method in READS else "change"
        most: int = (
            settings.API_READS_PER_MINUTE if kind == "read" else settings.API_CHANGES_PER_MINUTE
        )
        minute = int(time.time() // WINDOW_SECONDS)
        return count(f"calls:{user_of(request).pk}:{kind}:{minute}", WINDOW_SECONDS) <= most

    def wait(self) -> float:
        """Return the seconds until the next minute begins."""
        return WINDOW_SECONDS - time.time() % WINDOW_SECONDS


CALLS = CallLimit()


def request_sandbox_within_limits(*, user: User, lesson: Lesson) -> Sandbox:
    """Get the user's sandbox for a lesson, a new one only while they may have one more.

    Raises TooManySandboxes at SANDBOXES_PER_USER, and what request_sandbox raises.
    """
    with transaction.atomic():
        # Two lessons that are opened at once wait for each other.
        User.objects.select_for_update().only("pk").get(pk=user.pk)
        if live_sandbox(user, lesson.key) is None:
            refuse_more_sandboxes(user)
        return request_sandbox(
            user=user,
            lesson_key=lesson.key,
            machines=lesson.requested_machines,
            setup_scripts=setup_scripts_for(user.pk, lesson.key),
        )


def refuse_more_sandboxes(user: User) -> None:
    """Raise TooManySandboxes when the user has as many as one person may have."""
    sandboxes, most = Sandbox.objects.filter(user=user), settings.SANDBOXES_PER_USER
    live = sandboxes.filter(state__in=Sandbox.ENDABLE_STATES).order_by("lesson_key")
    lessons = list(live.values_list("lesson_key", flat=True))
    if len(lessons) >= most:
        reason = "You have as many machines as one person may have."
        raise TooManySandboxes(f"{reason} End one of them first: {', '.join(lessons)}.")
    if sandboxes.filter(state=Sandbox.State.ENDING).count() > most:
        raise TooManySandboxes("Your last machines are still being put away. Try again shortly.")
