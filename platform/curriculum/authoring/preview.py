"""A text as students will see it, before it is saved."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from pydantic import BaseModel, ValidationError

from curriculum.authoring.service import contents_of, unpacked
from curriculum.loader.sources import field_name
from curriculum.models import Lesson
from curriculum.rendering.markdown import Block, render_lesson, render_text
from curriculum.rendering.page import Setting
from curriculum.rendering.quiz import present
from curriculum.schema.error_messages import faults
from curriculum.schema.placeholders import shield, unshield
from questions.specs import Question


class _Asked(BaseModel):
    """As they stand in an exercise, so that faults have the same places."""

    questions: tuple[Question, ...]


def page_url(lesson: Lesson) -> str:
    """The lesson's page, as students get it. Select the course with the lesson."""
    return reverse("lesson", args=[lesson.course.slug, lesson.slug])


def preview(
    *,
    text: str,
    machines: frozenset[str],
    lesson: Lesson | None,
    exercise: str = "",
    questions: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """{"html", "problems": [{"line", "field", "message"}]}, lines of the text from 1, 0 for elsewhere. With `exercise`,
    the text is that exercise's own, and `questions` are as its form has them. Pictures and links are looked for in the
    lesson's saved files."""
    contents = contents_of(lesson) if lesson else {}
    course, folder = (lesson.course.slug, lesson.folder) if lesson else ("course", "00-new")
    pictures = f"{page_url(lesson)}pictures/" if lesson else ""
    with unpacked(course, folder, contents) as path:
        if exercise:
            inner = f"exercises/{exercise}/"
            setting = Setting(path / inner, machines, scope=f"s-{exercise}-", pictures=pictures + inner)
            html, found = render_text(shield(text), setting=setting)
            html = unshield(html)
        else:
            rendering = render_lesson(text, setting=Setting(path, machines, pictures=pictures))
            html, found = _with_exercises(rendering.blocks, lesson), rendering.problems
    problems = [{"line": one.line + 1, "field": one.field, "message": one.message} for one in found]
    quiz, wrong = _quiz(questions)
    return {"html": html + quiz, "problems": problems + wrong}


def _quiz(rows: Iterable[Mapping[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """The questions that are complete, as students see them, and what is wrong with the others."""
    complete: list[Question] = []
    problems: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        data = {"questions": [dict(row)]}
        try:
            complete += _Asked.model_validate(data).questions
        except ValidationError as error:
            for (name, _, *place), message in faults(error, data):
                problems.append({"line": 0, "field": field_name((name, number, *place)), "message": message})
    if not complete:
        return "", problems
    shown = {"questions": present(complete, seed="preview"), "slug": "preview"}
    return f'<section class="exercise">{render_to_string("learn/_quiz.html", shown)}</section>', problems


def _with_exercises(blocks: tuple[Block, ...], lesson: Lesson | None) -> str:
    rows = {row.slug: row for row in lesson.exercises.filter(archived=False)} if lesson else {}
    parts = []
    for block in blocks:
        row = rows.get(block.get("slug", ""))
        title, body = (escape(row.title), row.body_html) if row else (escape(block.get("slug", "")), "")
        place = f'<section class="exercise"><p class="exercise__kicker">Exercise</p><h2>{title}</h2>{body}</section>'
        parts.append(block["html"] if block["type"] == "html" else place)
    return "\n".join(parts)
