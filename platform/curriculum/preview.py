"""A text as students will see it, before it is saved."""

from html import escape
from typing import Any

from curriculum.authoring import contents_of, unpacked
from curriculum.markdown import Block, render_lesson, render_text
from curriculum.models import Lesson
from curriculum.page import Setting


def preview(*, text: str, machines: frozenset[str], lesson: Lesson | None, exercise: str = "") -> dict[str, Any]:
    """{"html", "problems": [{"line", "field", "message"}]}, lines from 1. With `exercise`, the text is that exercise's
    own. Pictures and links are looked for in the lesson's saved files."""
    contents = contents_of(lesson) if lesson else {}
    course, folder = (lesson.course.slug, lesson.folder) if lesson else ("course", "00-new")
    with unpacked(course, folder, contents) as path:
        if exercise:
            here = path / "exercises" / exercise
            html, found = render_text(text, setting=Setting(here, machines, scope=f"s-{exercise}-"))
        else:
            rendering = render_lesson(text, setting=Setting(path, machines))
            html, found = _with_exercises(rendering.blocks, lesson), rendering.problems
    problems = [{"line": one.line + 1, "field": one.field, "message": one.message} for one in found]
    return {"html": html, "problems": problems}


def _with_exercises(blocks: tuple[Block, ...], lesson: Lesson | None) -> str:
    rows = {row.slug: row for row in lesson.exercises.filter(archived=False)} if lesson else {}
    parts = []
    for block in blocks:
        row = rows.get(block.get("slug", ""))
        title, body = (escape(row.title), row.body_html) if row else (escape(block.get("slug", "")), "")
        place = f'<section class="exercise"><p class="exercise__kicker">Exercise</p><h2>{title}</h2>{body}</section>'
        parts.append(block["html"] if block["type"] == "html" else place)
    return "\n".join(parts)
