"""What the pieces that render one text share: where it comes from, what went wrong, and the controls put in at the end.

Author's HTML and ours never mix: rendering leaves an empty `<div data-slot="…">` where a control belongs, the whole is
cleaned, and only then are the slots filled. The slot's name is random, so an author can't write one.
"""

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from curriculum.rendering.directives import Env, Problem


@dataclass(frozen=True)
class Setting:
    """Where a text stands. `folder` is its file's (None: a text without files, so without pictures and relative links),
    `machines` those that a block may run in, `scope` begins every id, so that texts on one page don't clash, `pictures`
    is the address of the folder's pictures, seen from the lesson's page."""

    folder: Path | None = None
    machines: frozenset[str] = frozenset()
    scope: str = "s-"
    pictures: str = "pictures/"


@dataclass
class Page:
    """One rendering. `problems` count their lines from 0 within the text."""

    setting: Setting
    problems: list[Problem] = field(default_factory=list)
    _name: str = field(default_factory=lambda: secrets.token_hex(8))
    _slots: list[str] = field(default_factory=list)

    def env(self) -> Env:
        """markdown-it's environment for this rendering."""
        env: dict[str, Any] = {"page": self, "problems": self.problems, "docId": self.setting.scope.strip("-")}
        return env

    def refuse(self, line: int, field_name: str, message: str) -> None:
        """Remember a fault."""
        self.problems.append(Problem(line, field_name, message))

    def slot(self, html: str) -> str:
        """Keep trusted HTML for later and return what stands for it in the meantime."""
        self._slots.append(html)
        return self._mark(len(self._slots) - 1)

    def owns(self, name: str) -> bool:
        """Whether a `data-slot` is one of ours."""
        return name.startswith(self._name)

    def fill(self, cleaned: str) -> str:
        """Put the kept HTML in. A mark can only be an element of ours: in text `<` and in attributes `"` is escaped."""
        for number, html in enumerate(self._slots):
            cleaned = cleaned.replace(self._mark(number), html)
        return cleaned

    def _mark(self, number: int) -> str:
        return f'<div data-slot="{self._name}-{number}"></div>'


def page_of(env: Env) -> Page:
    """The rendering that an environment belongs to."""
    page: Page = env["page"]
    return page
