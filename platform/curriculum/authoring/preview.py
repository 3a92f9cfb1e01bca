"""Show a text as students will see it, before it is saved."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from pydantic import BaseModel

from curriculum.authoring.lesson_files import unpack_lesson
from curriculum.loader.contents import stored_contents
from curriculum.models import Lesson
from curriculum.rendering.markdown import Block, render_lesson, render_text
from curriculum.rendering.page import RenderContext
from curriculum.rendering.quiz import present
from curriculum.schema.error_messages import check_spec
from curriculum.schema.locations import field_name
from curriculum.schema.placeholders import shield, unshield
from questions.registry import Question

Problems = list[dict[str, Any]]


class QuestionList(BaseModel):
    """Hold questions as an exercise does, so that faults have the same locations."""

    questions: tuple[Question, ...]


def page_url(lesson: Lesson) -> str:
    """Return the address of the lesson's page for students; select the course with the lesson."""
    return reverse("lesson", args=[lesson.course.slug, lesson.slug])


def preview(
    *,
    text: str,
    machines: frozenset[str],
    lesson: Lesson | None,
    exercise: str = "",
    questions: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return {"html", "problems": [{"line", "field", "message"}]}.

    Lines of the text count from 1; 0 is for faults elsewhere. With `exercise`, the text is that
    exercise's own, and `questions` are as its form has them. Pictures and links are looked for in
    the lesson's saved files.
    """
    contents = stored_contents(lesson) if lesson else {}
    course, folder = (lesson.course.slug, lesson.folder) if lesson else ("course", "00-new")
    pictures = f"{page_url(lesson)}pictures/" if lesson else ""
    with unpack_lesson(course, folder, contents) as path:
        if exercise:
            inner = f"exercises/{exercise}/"
            context = RenderContext(
                path / inner, machines, scope=f"s-{exercise}-", pictures=pictures + inner
            )
            html, faults_of_text = render_text(shield(text), context=context)
            html = unshield(html)
        else:
            rendering = render_lesson(
                text, context=RenderContext(path, machines, pictures=pictures)
            )
            html, faults_of_text = fill_exercises(rendering.blocks, lesson), rendering.problems
    problems: Problems = [
        {"line": fault.line + 1, "field": fault.field, "message": fault.message}
        for fault in faults_of_text
    ]
    quiz_html, quiz_problems = preview_quiz(questions)
    return {"html": html + quiz_html, "problems": problems + quiz_problems}


def preview_quiz(rows: Iterable[Mapping[str, Any]]) -> tuple[str, Problems]:
    """Return the complete questions as students see them, and what the others lack."""
    complete: list[Question] = []
    problems: Problems = []
    for number, row in enumerate(rows):
        data = {"questions": [dict(row)]}
        spec, faults = check_spec(QuestionList, data)
        complete += spec.questions if spec else ()
        for (name, _, *location), message in faults:
            field = field_name((name, number, *location))
            problems.append({"line": 0, "field": field, "message": message})
    if not complete:
        return "", problems
    context = {"questions": present(complete, seed="preview"), "slug": "preview"}
    quiz = render_to_string("learn/_quiz.html", context)
    return f'<section class="exercise">{quiz}</section>', problems


def fill_exercises(blocks: tuple[Block, ...], lesson: Lesson | None) -> str:
    """Return a lesson's blocks as one page, with the saved text of each exercise in its place."""
    rows = {row.slug: row for row in lesson.exercises.filter(archived=False)} if lesson else {}
    parts = []
    for block in blocks:
        if block["type"] == "html":
            parts.append(block["html"])
            continue
        row = rows.get(block["slug"])
        title, body = (row.title, row.body_html) if row else (block["slug"], "")
        parts.append(
            '<section class="exercise"><p class="exercise__kicker">Exercise</p>'
            f"<h2>{escape(title)}</h2>{body}</section>"
        )
    return "\n".join(parts)
