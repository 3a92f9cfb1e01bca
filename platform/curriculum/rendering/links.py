"""Headings get ids; links are checked, and those to another lesson's file are turned into links to its page."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from curriculum.rendering.page import Page, page_of

LESSON_FILE = "lesson.md"
_OUTSIDE = ("http", "https", "mailto")


def links_plugin(md: MarkdownIt) -> None:
    """Add both rules."""
    md.core.ruler.push("heading_ids", _heading_rule)
    md.core.ruler.push("links", _link_rule)


def _heading_rule(state: StateCore) -> None:
    page, taken = page_of(state.env), set[str]()
    for index, token in enumerate(state.tokens):
        if token.type == "heading_open":
            if token.tag == "h1":
                page.refuse(_line(token), "heading", "begin with ##: the title is the page's only first-level heading")
            token.attrSet("id", page.setting.scope + _new(slugify(state.tokens[index + 1].content), taken))


def _new(slug: str, taken: set[str]) -> str:
    """The slug, numbered if it is taken."""
    name, number = slug or "part", 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    taken.add(name)
    return name


def _line(token: Token) -> int:
    return token.map[0] if token.map else 0


def _link_rule(state: StateCore) -> None:
    page = page_of(state.env)
    ids = {str(token.attrs["id"]) for token in state.tokens if token.type == "heading_open"}
    for token in state.tokens:
        line = _line(token)
        for child in token.children or ():
            line += child.type in ("softbreak", "hardbreak")
            if child.type == "link_open":
                child.attrSet("href", _target(str(child.attrs["href"]), page, ids, line))


def _target(href: str, page: Page, ids: set[str], line: int) -> str:
    """What a link's target becomes on the page."""
    parts = urlsplit(href)
    if parts.scheme in _OUTSIDE or (href.startswith("/") and not parts.netloc):
        return href
    if href.startswith("#"):
        return _heading(href, page, ids, line)
    return _lesson(unquote(parts.path), parts.fragment, page, line) or href


def _heading(href: str, page: Page, ids: set[str], line: int) -> str:
    name = page.setting.scope + href[1:]
    if name not in ids:
        page.refuse(line, "link", f"leads to a heading that is not here: {href}")
    return f"#{name}"


def _lesson(path: str, fragment: str, page: Page, line: int) -> str:
    """The other lesson's page, seen from any lesson's page (/courses/<course>/<lesson>/); "" when it is no lesson."""
    target = (page.setting.folder / path).resolve() if page.setting.folder else Path(path)
    if not path or not page.setting.folder or not target.is_file():
        page.refuse(line, "link", f"leads to a file that is missing: {path}")
    elif target.name != LESSON_FILE:
        page.refuse(line, "link", f"leads to a file that students can't open: {path}; link to a {LESSON_FILE}")
    else:
        slug = target.parent.name.partition("-")[2]
        return f"../../{target.parent.parent.name}/{slug}/" + (f"#s-{fragment}" if fragment else "")
    return ""
