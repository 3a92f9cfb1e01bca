"""List what a lesson has, in reading order, for its table of contents."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.utils.html import strip_tags

# What curriculum/rendering/headings.py makes of `## Heading`.
HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>', re.DOTALL)


@dataclass(frozen=True)
class ContentsEntry:
    """Hold a line of the contents: a heading, or an exercise."""

    target: str  # the id of its element
    title: str
    exercise: str = ""  # its slug
    passed: bool = False


def lesson_contents(
    blocks: Iterable[dict[str, Any]], passed: Collection[str]
) -> list[ContentsEntry]:
    """Return the contents of blocks from lesson_blocks(); `passed` are slugs of exercises."""
    return [entry for block in blocks for entry in block_contents(block, passed)]


def block_contents(block: dict[str, Any], passed: Collection[str]) -> list[ContentsEntry]:
    """Return the entries of one block: its headings, or its exercise."""
    if exercise := block.get("exercise"):
        slug = exercise["slug"]
        return [ContentsEntry(f"exercise-{slug}", exercise["title"], slug, slug in passed)]
    return [
        ContentsEntry(unescape(target), unescape(strip_tags(title)).strip())
        for target, title in HEADING.findall(block["html"])
    ]
