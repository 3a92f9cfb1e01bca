"""Report what would take text away without a word: open code blocks, names that nothing uses."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from curriculum.rendering.page import Page, line_of, page_of


def lost_text_plugin(md: MarkdownIt) -> None:
    """Add the rules."""
    md.core.ruler.push("fences", check_fences)
    md.core.ruler.push("definitions", check_definitions)


def check_fences(state: StateCore) -> None:
    """Report code blocks that do not end where their author thought."""
    page = page_of(state.env)
    for token in state.tokens:
        if token.type == "fence" and token.map:
            check_fence(token, page)


def check_fence(token: Token, page: Page) -> None:
    """Report a block that is never closed, or that a line with more than its marks was to close."""
    first, end = token.map or (0, 0)
    lines = token.content.removesuffix("\n").split("\n") if token.content else []
    mark = token.markup
    for number, text in enumerate(lines, start=first + 1):
        if re.match(rf" {{0,3}}{re.escape(mark)}", text) and text.strip().strip(mark[0]):
            message = (
                f"{mark} closes a block only without words behind it;"
                f" a block that shows {mark} itself begins and ends with {mark}{mark[0]}"
            )
            page.refuse(number, "code", message)
            return
    if end - first != len(lines) + 2:
        page.refuse(line_of(token), "code", f"is never closed: end it with a line of {mark}")


def check_definitions(state: StateCore) -> None:
    """Report `[name]: address` and `[^name]: text` that nothing names: they are shown nowhere."""
    page = page_of(state.env)
    for label, reference in state.env.get("references", {}).items():
        name = r"\s+".join(map(re.escape, label.split()))
        if not re.search(rf"\[{name}\](?!:)", state.src, re.IGNORECASE):
            line = reference["map"][0]
            text = state.src.split("\n")[line].strip()
            message = f"“{text}” defines a link that is used nowhere, so it is not shown"
            page.refuse(line, "link", message)
    for label, number in state.env.get("footnotes", {}).get("refs", {}).items():
        if number < 0:
            name = label.removeprefix(":")
            place = state.src.find(f"[^{name}]:")
            line = state.src.count("\n", 0, max(place, 0))
            message = f"[^{name}] is named nowhere, so its text is not shown"
            page.refuse(line, "footnote", message)
