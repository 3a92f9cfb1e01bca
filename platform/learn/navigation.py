"""Find a lesson and where it stands in its course."""

from dataclasses import dataclass

from django.db.models import Case, Exists, F, JSONField, OuterRef, TextField, When
from django.http import Http404

from accounts.models import User
from curriculum.models import Exercise, Lesson
from curriculum.queries import live_lessons, without_texts
from grading.access import may_see_drafts
from grading.models import Score


@dataclass(frozen=True)
class LessonNavigation:
    """Hold a lesson with its course, and where it stands there; `number` counts from 1.

    `others` says of each other lesson that has exercises whether all of them are passed.
    """

    lesson: Lesson
    number: int
    count: int
    previous: Lesson | None
    next: Lesson | None
    others: tuple[bool, ...] = ()


def get_navigation_or_404(user: User, course: str, lesson: str) -> LessonNavigation:
    """Load the course's lessons in order, only the requested one with its text. One query."""
    siblings = live_lessons(drafts=may_see_drafts(user)).filter(course__slug=course)
    work = Exercise.objects.filter(lesson=OuterRef("pk"), archived=False)
    passed = Score.objects.filter(
        user_id=user.pk, trial=user.teaches, exercise=OuterRef("pk"), passed_at__isnull=False
    )
    lessons = list(
        without_texts(siblings.select_related("course")).annotate(
            text=Case(When(slug=lesson, then=F("blocks")), output_field=JSONField()),
            picture=Case(When(slug=lesson, then=F("illustration")), output_field=TextField()),
            has_work=Exists(work),
            is_finished=~Exists(work.filter(~Exists(passed))),
            terms=Case(When(slug=lesson, then=F("course__glossary")), output_field=JSONField()),
        )
    )
    at = next((index for index, other in enumerate(lessons) if other.slug == lesson), None)
    if at is None:
        raise Http404
    own = lessons[at]
    own.blocks, own.illustration, own.course.glossary = own.text, own.picture, own.terms
    return LessonNavigation(
        lesson=own,
        number=at + 1,
        count=len(lessons),
        previous=lessons[at - 1] if at else None,
        next=lessons[at + 1] if at + 1 < len(lessons) else None,
        others=tuple(row.is_finished for row in lessons if row.has_work and row != own),
    )
