"""Tells those who keep machines warm which kinds published lessons want."""

from collections import Counter
from typing import Any

from django.dispatch import receiver

from core.signals import kinds_in_use
from curriculum.queries import live_lessons


@receiver(kinds_in_use)
def kinds_of_lessons(**_: Any) -> Counter[str]:
    """By machine kind, the number of lessons that students can see. One query."""
    lessons = live_lessons().select_related("course").only("slug", "machines", "course__slug")
    return Counter(kind for lesson in lessons for kind in {one["kind"] for one in lesson.machines_wanted})
