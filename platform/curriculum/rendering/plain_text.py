"""Make plain text of a lesson's clean HTML, for searching."""

import re
from html import unescape

from django.utils.html import strip_tags

# Drawings, and the buttons beside a block of code, are no text of the lesson's.
LEFT_OUT = re.compile(r"<(svg|button)\b.*?</\1>", re.DOTALL)
BLOCK_END = re.compile(r"</(?:p|li|h\d|td|th|dt|dd|pre|summary|figcaption|div|blockquote)>|<br")
PLACEHOLDER = re.compile(r"\{\{.*?\}\}")


def plain_text(html: str) -> str:
    """Return the text that clean HTML shows, on one line."""
    apart = BLOCK_END.sub(lambda match: f" {match[0]}", LEFT_OUT.sub(" ", html))
    return " ".join(unescape(strip_tags(apart)).split())


def task_text(html: str) -> str:
    """Return the text of an exercise's task, without the values that differ for each student."""
    return plain_text(PLACEHOLDER.sub("…", html))
