"""A lesson, and where it stands in its course."""

from dataclasses import dataclass

from django.db.models import Case, F, JSONField, When

from curriculum import queries as curriculum
from curriculum.models import Lesson


@dataclass(frozen=True)
class LessonPlace:
    """A lesson with its course, and where it stands there; `number` counts from 1."""

    lesson: Lesson
    number: int
    count: int
    previous: Lesson | None
    next: Lesson | None


def get_place(course: str, lesson: str, *, drafts: bool = False) -> LessonPlace:
    """One query: the course's lessons in order, of which only the wanted one brings its text along. Raises
    Lesson.DoesNotExist."""
    wanted = Case(When(slug=lesson, then=F("blocks")), output_field=JSONField())
    order = list(
        curriculum.live_lessons(drafts=drafts)
        .filter(course__slug=course)
        .select_related("course")
        .defer("source", "blocks", "course__source")
        .annotate(text=wanted)
    )
    at = next((index for index, other in enumerate(order) if other.slug == lesson), None)
    if at is None:
        raise Lesson.DoesNotExist
    order[at].blocks = order[at].text
    return LessonPlace(
        lesson=order[at],
        number=at + 1,
        count=len(order),
        previous=order[at - 1] if at else None,
        next=order[at + 1] if at + 1 < len(order) else None,
    )
