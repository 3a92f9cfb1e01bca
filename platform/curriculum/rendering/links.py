"""Give headings ids, and check links; those to lessons' files lead to their pages."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

from curriculum.rendering.page import Page, line_of, page_of

LESSON_FILE = "lesson.md"
EXTERNAL_SCHEMES = ("http", "https", "mailto")


def links_plugin(md: MarkdownIt) -> None:
    """Add both rules."""
    md.core.ruler.push("heading_ids", set_heading_ids)
    md.core.ruler.push("links", set_link_targets)


def set_heading_ids(state: StateCore) -> None:
    """Give every heading an id of its own."""
    page, taken = page_of(state.env), set[str]()
    for index, token in enumerate(state.tokens):
        if token.type == "heading_open":
            if token.tag == "h1":
                message = "begin with ##: the title is the page's only first-level heading"
                page.refuse(line_of(token), "heading", message)
            slug = unique_slug(slugify(state.tokens[index + 1].content), taken)
            token.attrSet("id", page.context.scope + slug)


def unique_slug(slug: str, taken: set[str]) -> str:
    """Return the slug, numbered if it is taken, and take it."""
    name, number = slug or "part", 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    taken.add(name)
    return name


def set_link_targets(state: StateCore) -> None:
    """Turn every link's target into what it is on the page."""
    page = page_of(state.env)
    ids = {str(token.attrs["id"]) for token in state.tokens if token.type == "heading_open"}
    for token in state.tokens:
        line = line_of(token)
        for child in token.children or ():
            line += child.type in ("softbreak", "hardbreak")
            if child.type == "link_open":
                child.attrSet("href", link_target(str(child.attrs["href"]), page, ids, line))


def link_target(href: str, page: Page, ids: set[str], line: int) -> str:
    """Return what a link's target becomes; `ids` are those of the text's headings."""
    parts = urlsplit(href)
    if parts.scheme in EXTERNAL_SCHEMES or (href.startswith("/") and not parts.netloc):
        return href
    if href.startswith("#"):
        name = page.context.scope + href[1:]
        if name not in ids:
            page.refuse(line, "link", f"leads to a heading that is not here: {href}")
        return f"#{name}"
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
