"""Choose templates for questions."""

from collections.abc import Mapping
from typing import Any

from django import template

from questions.registry import QUESTION_KINDS

register = template.Library()


@register.filter
def question_template(question: Mapping[str, Any]) -> str:
    """Return the template of a question's kind, for a question as students see it."""
    return QUESTION_KINDS.models()[question["kind"]].template
