"""Show questions to students: without their keys, each student's in an order of their own.

What is made here is JSON that the page's template, the API and the admin's preview share.
"""

import re
from collections.abc import Iterable
from typing import Any

from core.specs.kinds import kind_name
from curriculum.rendering.markdown import render_markdown, render_text
from curriculum.rendering.page import RenderContext
from questions.base import BaseQuestion

Json = dict[str, Any]
PARAGRAPH = re.compile(r"<p>((?:(?!</?p>).)*)</p>", re.DOTALL)


def text_problems(text: str, *, short: bool) -> list[str]:
    """Find the faults of a question's Markdown text; a `short` text stands in a label."""
    faults = render_text(text, context=RenderContext())[1]
    problems = [f"{fault.field} {fault.message}" for fault in faults]
    if short and PARAGRAPH.fullmatch(render_markdown(text).strip()) is None:
        problems.append("must be one paragraph, without lists, code blocks and pictures")
    return problems


def inline(text: str) -> str:
    """Return a paragraph of Markdown as HTML that may stand in a label."""
    html = render_markdown(text).strip()
    return html.removeprefix("<p>").removesuffix("</p>")


def present(questions: Iterable[BaseQuestion], seed: str) -> list[Json]:
    """Show questions without their keys; the same seed gives the same order.

    [{"id", "kind", "points", "text", and what there is to choose from}]: "options", "items" and
    "lefts" are [{"key", "html"}], "choices" are [{"key", "text"}], "units" are names, "unit" is the
    one to begin with.
    """
    return [
        {
            "id": question.id,
            "kind": kind_name(type(question)),
            "points": question.points,
            "text": inline(question.text),
            **question.present(f"{seed}:{question.id}", inline),
        }
        for question in questions
    ]
