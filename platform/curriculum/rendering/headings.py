"""Give headings ids, and let the names that other places give them lead there too."""

import itertools
import unicodedata
from collections.abc import Collection

import regex
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from curriculum.rendering.page import line_of, page_of


def headings_plugin(md: MarkdownIt) -> None:
    """Add the rule."""
    md.core.ruler.push("heading_ids", set_heading_ids)


def set_heading_ids(state: StateCore) -> None:
    """Give every heading an id of its own, and places for the other names that lead to it.

    Those are what GitHub calls it, and what earlier releases did.
    """
    page, names = page_of(state.env), HeadingNames()
    for index, token in enumerate(state.tokens):
        if token.type != "heading_open":
            continue
        if token.tag == "h1":
            message = "begin with ##: the title is the page's only first-level heading"
            page.refuse(line_of(token), "heading", message)
        inline = state.tokens[index + 1]
        names.add(shown_text(inline), inline.content)
        token.attrSet("id", page.context.scope + names.ids[-1])
        token.meta["names"] = inline
    state.env["headings"] = names.targets()
    aliases = names.aliases()
    inlines = [token.meta["names"] for token in state.tokens if token.type == "heading_open"]
    for name, inline in zip(names.ids, inlines, strict=True):
        for alias in aliases.get(name, ()):
            place = Token("html_inline", "", 0)
            place.content = f'<span id="{page.context.scope}{alias}"></span>'
            inline.children = [place, *(inline.children or ())]


def shown_text(inline: Token) -> str:
    """Return a heading's text as readers see it."""
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in inline.children or ()
        if child.type in ("text", "text_special", "code_inline", "softbreak", "hardbreak")
    )


def heading_id(text: str) -> str:
    """Return a heading's id, in the letters of its language."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = regex.sub(r"[^\p{L}\p{M}\p{N}_\s-]", "", plain)
    return regex.sub(r"[-\s]+", "-", plain).strip("-_")


def github_id(text: str) -> str:
    """Return the id that GitHub gives a heading: a hyphen for each space, marks left out.

    Source: https://github.com/gjtorikian/html-pipeline/blob/v2.14.3/lib/html/pipeline/toc_filter.rb
    """
    plain = unicodedata.normalize("NFC", text).lower()
    return regex.sub(r"[^\p{L}\p{M}\p{N}\p{Pc} -]", "", plain).replace(" ", "-")


class HeadingNames:
    """Collect the ids of a text's headings, and the other names that lead to them."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._others: list[tuple[str, str]] = []
        self._old: list[str] = []
        self._github: list[str] = []

    def add(self, text: str, source: str) -> None:
        """Name the next heading, by its text and by its Markdown."""
        self.ids.append(numbered(heading_id(text) or "part", self.ids, first=2))
        self._old.append(numbered(slugify(source) or "part", self._old, first=2))
        self._github.append(numbered(github_id(text), self._github, first=1))
        self._others += [(self._github[-1], self.ids[-1]), (self._old[-1], self.ids[-1])]

    def targets(self) -> dict[str, str]:
        """Map every name to the id that it leads to; ids come first, then GitHub's names."""
        others = {name: target for name, target in reversed(self._others) if name}
        return others | {name: name for name in self.ids}

    def aliases(self) -> dict[str, list[str]]:
        """Map ids to the other names that lead to them."""
        aliases: dict[str, list[str]] = {}
        for name, target in self.targets().items():
            if name != target:
                aliases.setdefault(target, []).append(name)
        return aliases


def numbered(name: str, taken: Collection[str], *, first: int) -> str:
    """Return the name, numbered from `first` if it is taken."""
    numbers = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(first)))
    return next(candidate for candidate in numbers if candidate not in taken)
