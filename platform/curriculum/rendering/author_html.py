"""Let authors write HTML elements that a page may hold, and show everything else as they typed it.

`<image-name>` in prose is a word, not an element: it stays in the text, as `{% if %}` does. What is
an element has to be closed, or it would take what follows with it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.common.html_re import HTML_TAG_RE
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, autolink, html_inline
from markdown_it.token import Token

from curriculum.rendering.links import EXTERNAL_SCHEMES
from curriculum.rendering.page import Page, line_of, page_of

TAG_NAMES = (
    "a abbr aside b blockquote br cite code dd del details dfn div dl dt em h1 h2 h3 h4 h5 h6"
    " hr i ins kbd li mark ol p pre q s samp section small span strong sub summary sup"
    " table tbody td tfoot th thead tr u ul var"
)
TAGS = frozenset(TAG_NAMES.split())
EMPTY_TAGS = frozenset({"br", "hr"})
TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)")
COMMENT = "<!--"
SCHEME = re.compile(r"<(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{1,31}):")
# What may stand in braces after code or a link, or above a paragraph: classes alone.
CLASSES = re.compile(r"\{[ \t]*\.[\w-]+(?:[ \t]+\.[\w-]+)*[ \t]*\}")


def author_html_plugin(md: MarkdownIt) -> None:
    """Replace the rules that would take words in angle brackets or braces away.

    It goes after the plugin of attributes, whose rules for braces it replaces too.
    """
    md.inline.ruler.at("html_inline", parse_inline_tag)
    md.inline.ruler.at("autolink", parse_autolink)
    md.inline.ruler.before("attr", "braces", keep_braces)
    md.block.ruler.at(
        "html_block", parse_html_block, {"alt": ["paragraph", "reference", "blockquote"]}
    )
    md.block.ruler.at("attr", parse_class_line)
    md.core.ruler.push("author_html", check_elements)


def is_allowed(html: str) -> bool:
    """Whether a text begins with a tag that a page may hold, or with a comment."""
    match = TAG.match(html)
    return html.startswith(COMMENT) or bool(match and match["name"].lower() in TAGS)


def parse_inline_tag(state: StateInline, silent: bool) -> bool:
    """Parse a tag within a paragraph; one that no page may hold stays text."""
    return is_allowed(state.src[state.pos : state.pos + 40]) and html_inline(state, silent)


def parse_html_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse lines of HTML; lines that begin with another tag are Markdown."""
    begin = state.bMarks[start] + state.tShift[start]
    return is_allowed(state.src[begin : begin + 40]) and html_block(state, start, end, silent)


def parse_autolink(state: StateInline, silent: bool) -> bool:
    """Parse `<https://…>` and `<name@host>`; `<host:port>` stays text."""
    match = SCHEME.match(state.src, state.pos)
    if match and match["scheme"].lower() not in EXTERNAL_SCHEMES:
        return False
    return autolink(state, silent)


def keep_braces(state: StateInline, silent: bool) -> bool:
    """Take a brace that begins no classes as text."""
    if state.src[state.pos] != "{" or CLASSES.match(state.src, state.pos):
        return False
    if not silent:
        state.pending += "{"
    state.pos += 1
    return True


def parse_class_line(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    """Parse a line of classes for the block below it."""
    text = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].strip()
    if state.is_code_block(start) or not CLASSES.fullmatch(text):
        return False
    if not silent:
        token = state.push("attrs_block", "", 0)
        token.attrs = {"class": " ".join(text.strip("{} \t").replace(".", " ").split())}
        token.map = [start, start + 1]
        state.line = start + 1
    return True


@dataclass
class OpenElements:
    """Follow an author's elements through a text, and report those without an end."""

    page: Page
    open: list[tuple[str, int]] = field(default_factory=list)

    def see(self, tag: str, line: int) -> None:
        """Take note of a tag."""
        match = TAG.match(tag)
        name = match["name"].lower() if match else ""
        if not match or name in EMPTY_TAGS:
            return
        if not match["close"]:
            self.open.append((name, line))
        elif name in [name for name, _line in self.open]:
            depth = max(
                index for index, (open_name, _) in enumerate(self.open) if open_name == name
            )
            self.close_from(depth + 1)
            self.open.pop()
        else:
            self.page.refuse(line, "html", f"</{name}> closes nothing")

    def close_from(self, depth: int) -> None:
        """Report the elements from this depth on as never closed, and forget them."""
        for name, line in self.open[depth:]:
            message = (
                f"<{name}> is never closed: end it with </{name}>,"
                f" or write `<{name}>` where the word itself is meant"
            )
            self.page.refuse(line, "html", message)
        del self.open[depth:]


def check_elements(state: StateCore) -> None:
    """Report elements without an end, and leave nothing in HTML that the page would drop."""
    elements = OpenElements(page_of(state.env))
    for token in state.tokens:
        if token.type == "html_block":
            check_block(token, elements)
        elif token.type == "inline":
            depth = len(elements.open)
            for child, line in children_with_lines(token):
                if child.type == "html_inline":
                    elements.see(child.content, line)
            elements.close_from(depth)
    elements.close_from(0)


def check_block(token: Token, elements: OpenElements) -> None:
    """Follow the tags of some lines of HTML, and turn what is none into text."""
    parts, position = [], 0
    while (begin := token.content.find("<", position)) >= 0:
        parts.append(token.content[position:begin])
        line = line_of(token) + token.content.count("\n", 0, begin)
        match = HTML_TAG_RE.match(token.content, begin)
        if match and is_allowed(match[0]):
            elements.see(match[0], line)
            parts.append(match[0])
            position = match.end()
            continue
        if token.content.startswith(COMMENT, begin):
            elements.page.refuse(line, "html", "a comment is never closed: end it with -->")
        parts.append("&lt;")
        position = begin + 1
    token.content = "".join(parts) + token.content[position:]


def children_with_lines(token: Token) -> Iterator[tuple[Token, int]]:
    """Yield what is in a paragraph, each with its line."""
    line = line_of(token)
    for child in token.children or ():
        yield child, line
        line += 1 if child.type in ("softbreak", "hardbreak") else child.content.count("\n")
