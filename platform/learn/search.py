"""Find lessons by the words of their texts, and show where these stand."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from accounts.models import User
from core.budgets import CLIENT
from curriculum.models import Exercise, Lesson
from curriculum.queries import COURSE_TEXTS, live_lessons
from curriculum.rendering.plain_text import plain_text, task_text
from grading.access import may_see_drafts
from learn.contents import HEADING

# Characters of a section's text that are shown, and how many of them before the first match.
EXCERPT = 180
BEFORE = 60

# A text in parts, each with whether it is a match.
Marked = list[tuple[str, bool]]


@dataclass(frozen=True)
class Section:
    """Hold a part of a lesson: the id that an address leads to ("": its top), title and text."""

    target: str
    title: str
    text: str


@dataclass(frozen=True)
class SectionHit:
    """Hold a part of a lesson that has words of the search."""

    url: str
    title: Marked
    excerpt: Marked


@dataclass(frozen=True)
class LessonHit:
    """Hold a lesson that has all words of the search, and where the most of them stand."""

    course: str
    title: Marked
    url: str
    sections: Sequence[SectionHit]


def search_terms(query: str) -> list[str]:
    """Split what was typed into the words to look for."""
    return list(dict.fromkeys(query[: CLIENT.search_chars].casefold().split()))[
        : CLIENT.search_terms
    ]


def search_lessons(user: User, query: str) -> list[LessonHit]:
    """Find the lessons that this user may see and that have all words. Two queries, or none."""
    terms = search_terms(query)
    if not terms:
        return []
    lessons = list(matching_lessons(terms, drafts=may_see_drafts(user))[: CLIENT.search_lessons])
    return [lesson_hit(lesson, terms) for lesson in lessons]


def matching_lessons(terms: Iterable[str], *, drafts: bool) -> QuerySet[Lesson]:
    """Return the lessons with all words, in the order of the catalogue."""
    lessons = live_lessons(drafts=drafts)
    for term in terms:
        lessons = lessons.filter(search_text__contains=term)
    exercises = Exercise.objects.filter(archived=False).defer("definition", "setup")
    return (
        lessons.select_related("course")
        .defer(
            "source", "illustration", "search_text", *(f"course__{name}" for name in COURSE_TEXTS)
        )
        .prefetch_related(Prefetch("exercises", queryset=exercises))
        .order_by("course__position", "course__slug", "position", "slug")
    )


def lesson_hit(lesson: Lesson, terms: Sequence[str]) -> LessonHit:
    """Show a lesson that has all words: the sections with the most of them, as they come."""
    url = reverse("lesson", args=[lesson.course.slug, lesson.slug])
    counted = [(count_terms(section, terms), section) for section in sections_of(lesson)]
    best = max((count for count, _ in counted), default=0)
    sections = [section for count, section in counted if count == best > 0]
    return LessonHit(
        course=lesson.course.title,
        title=mark(lesson.title, terms),
        url=url,
        sections=[
            SectionHit(
                url=f"{url}#{section.target}" if section.target else url,
                title=mark(section.title, terms),
                excerpt=mark(excerpt_of(section.text, terms), terms),
            )
            for section in sections[: CLIENT.search_sections]
        ],
    )


def count_terms(section: Section, terms: Iterable[str]) -> int:
    """Count the words that a section has."""
    text = f"{section.title} {section.text}".casefold()
    return sum(term in text for term in terms)


def sections_of(lesson: Lesson) -> Iterator[Section]:
    """Cut a lesson with its exercises into sections, in reading order."""
    exercises = {exercise.slug: exercise for exercise in lesson.exercises.all()}
    target, title, text = "", "", lesson.summary
    for block in lesson.blocks:
        if block["type"] == "exercise":
            if exercise := exercises.get(block["slug"]):
                task = task_text(exercise.body_html)
                yield Section(f"exercise-{exercise.slug}", exercise.title, task)
            continue
        before, *rest = split_at_headings(block["html"])
        text = f"{text} {plain_text(before)}".strip()
        for heading_target, heading, html in rest:
            yield Section(target, title, text)
            target, title, text = heading_target, plain_text(heading), plain_text(html)
    yield Section(target, title, text)


def split_at_headings(html: str) -> list[Any]:
    """Return the HTML before the first heading, then (id, heading, HTML below it) of each."""
    before, *rest = HEADING.split(html)
    return [before, *zip(rest[::3], rest[1::3], rest[2::3], strict=True)]


def excerpt_of(text: str, terms: Iterable[str]) -> str:
    """Return the part of a text around its first match."""
    match = pattern_of(terms).search(text)
    start = max(0, match.start() - BEFORE) if match else 0
    start = text.rfind(" ", 0, start + 1) + 1
    end = start + EXCERPT
    end = len(text) if len(text) <= end else max(text.rfind(" ", start, end), start + 1)
    return ("… " if start else "") + text[start:end] + (" …" if end < len(text) else "")


def mark(text: str, terms: Iterable[str]) -> Marked:
    """Cut a text into what matches and what does not."""
    parts = pattern_of(terms).split(text)
    return [(part, bool(index % 2)) for index, part in enumerate(parts) if part]


def pattern_of(terms: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of any of the words, the longest first."""
    longest_first = sorted(terms, key=len, reverse=True)
    return re.compile(f"({'|'.join(map(re.escape, longest_first))})", re.IGNORECASE)


def hits_payload(hits: Iterable[LessonHit]) -> list[dict[str, Any]]:
    """Return what was found as JSON (LessonHit in api_types.js)."""
    return [
        {
            "course": hit.course,
            "title": hit.title,
            "url": hit.url,
            "sections": [
                {"url": section.url, "title": section.title, "excerpt": section.excerpt}
                for section in hit.sections
            ],
        }
        for hit in hits
    ]
