"""Check links; those to lessons' files lead to their pages, those to panels open them."""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from curriculum.rendering.page import Page, line_of, page_of

LESSON_FILE = "lesson.md"
EXTERNAL_SCHEMES = ("http", "https", "mailto")
# [the map](panel:map) opens a panel of the page; one that the lesson has not leaves its text.
PANEL_SCHEME = "panel"
PANEL_NAME = re.compile(r"[a-z][a-z0-9-]*")
PANEL_LINK = "panel-link"


def links_plugin(md: MarkdownIt) -> None:
    """Add the rule, after that of headings."""
    md.core.ruler.push("links", set_link_targets)


def set_link_targets(state: StateCore) -> None:
    """Turn every link's target into what it is on the page."""
    page, headings = page_of(state.env), state.env["headings"]
    for token in state.tokens:
        line = line_of(token)
        for child in token.children or ():
            line += child.type in ("softbreak", "hardbreak")
            if child.type == "link_open":
                set_link_target(child, page, headings, line)


def set_link_target(link: Token, page: Page, headings: Mapping[str, str], line: int) -> None:
    """Turn a link's target into what it is on the page."""
    href = str(link.attrs["href"])
    if href.startswith(f"{PANEL_SCHEME}:"):
        name = href.removeprefix(f"{PANEL_SCHEME}:")
        if not PANEL_NAME.fullmatch(name):
            page.refuse(line, "link", f"names no panel: {href}; write it as in panel:map")
        link.attrJoin("class", PANEL_LINK)
        link.attrSet("href", f"#panel-{name}")
    else:
        link.attrSet("href", link_target(href, page, headings, line))


def link_target(href: str, page: Page, headings: Mapping[str, str], line: int) -> str:
    """Return what a link's target becomes; `headings` are ids of the text's, by their names."""
    parts = urlsplit(href)
    if parts.scheme in EXTERNAL_SCHEMES or (href.startswith("/") and not parts.netloc):
        return href
    if href.startswith("#"):
        name = unicodedata.normalize("NFC", unquote(href[1:]))
        if name not in headings:
            page.refuse(line, "link", f"leads to a heading that is not here: #{name}")
        return f"#{page.context.scope}{headings.get(name, name)}"
    return lesson_target(unquote(parts.path), parts.fragment, page, line) or href


def lesson_target(path: str, fragment: str, page: Page, line: int) -> str:
    """Return another lesson's page, seen from any lesson's page (/courses/<course>/<lesson>/).

    It is "" when the path leads to no lesson.
    """
    folder = page.context.folder
    target = (folder / path).resolve() if folder else Path(path)
    if not path or not folder or not target.is_file():
        page.refuse(line, "link", f"leads to a file that is missing: {path}")
    elif target.name != LESSON_FILE:
        message = f"leads to a file that students can't open: {path}; link to a {LESSON_FILE}"
        page.refuse(line, "link", message)
    else:
        slug = target.parent.name.partition("-")[2]
        anchor = f"#s-{fragment}" if fragment else ""
        return f"../../{target.parent.parent.name}/{slug}/{anchor}"
    return ""
