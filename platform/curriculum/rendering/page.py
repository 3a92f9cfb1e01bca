"""Share what the parts that render a text need: its context, its faults, and its controls.

Author's HTML and ours never mix: rendering leaves an empty `<div data-slot="…">` where a control
belongs, the whole is cleaned, and only then are the slots filled. The slot's name is random, so an
author can't write one.
"""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markdown_it.token import Token

from curriculum.rendering.directives import Env, Problem
from curriculum.rendering.run_blocks import RunBlock


@dataclass(frozen=True)
class RenderContext:
    """Say where a text stands.

    `folder` is its file's (None: a text without files, so without pictures and relative links),
    `machines` those that a block may run in, `scope` begins every id, so that texts on one page
    don't clash, `pictures` is the address of the folder's pictures, seen from the lesson's page.
    """

    folder: Path | None = None
    machines: frozenset[str] = frozenset()
    scope: str = "s-"
    pictures: str = "pictures/"


@dataclass
class Page:
    """Collect what one rendering finds and makes."""

    context: RenderContext
    problems: list[Problem] = field(default_factory=list)
    slot_name: str = field(default_factory=lambda: secrets.token_hex(8))
    slots: list[str] = field(default_factory=list)
    run_blocks: list[RunBlock] = field(default_factory=list)

    def env(self) -> Env:
        """Return markdown-it's environment for this rendering."""
        scope = self.context.scope.strip("-")
        env: dict[str, Any] = {"page": self, "problems": self.problems, "docId": scope}
        return env

    def refuse(self, line: int, field_name: str, message: str) -> None:
        """Remember a fault; `line` counts from 0 within the text."""
        self.problems.append(Problem(line, field_name, message))

    def add_slot(self, html: str) -> str:
        """Keep trusted HTML for later, and return what stands for it in the meantime."""
        self.slots.append(html)
        return self.placeholder(len(self.slots) - 1)

    def owns_slot(self, name: str) -> bool:
        """Whether a `data-slot` is one of ours."""
        return name.startswith(self.slot_name)

    def fill_slots(self, cleaned: str) -> str:
        """Put the HTML that was kept into its places.

        Only we can have written a placeholder: in an author's text `<` is escaped, and `"` in
        attributes.
        """
        for number, html in enumerate(self.slots):
            cleaned = cleaned.replace(self.placeholder(number), html)
        return cleaned

    def placeholder(self, number: int) -> str:
        """Return the element that stands for a slot."""
        return f'<div data-slot="{self.slot_name}-{number}"></div>'


def page_of(env: Env) -> Page:
    """Return the rendering that an environment belongs to."""
    page: Page = env["page"]
    return page


def line_of(token: Token) -> int:
    """Return the line that a token begins on, from 0."""
    return token.map[0] if token.map else 0
