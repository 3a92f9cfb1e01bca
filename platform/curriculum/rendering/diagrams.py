"""Render pictures: `![what it shows](file.svg "Caption")` becomes a figure.

It is a paragraph of its own. A diagram (SVG) stands inside the page, a picture of pixels is loaded
from beside it.
"""

import hashlib
from collections.abc import Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from curriculum.errors import UnusablePicture
from curriculum.rendering.directives import Env
from curriculum.rendering.page import Page, line_of, page_of
from curriculum.rendering.photos import CONTENT_TYPES, check_photo
from curriculum.rendering.svg import clean_svg

SUFFIXES = (".svg", *CONTENT_TYPES)


def diagrams_plugin(md: MarkdownIt) -> None:
    """Add the rule and its renderer."""
    md.core.ruler.after("inline", "diagrams", find_diagrams)
    md.add_render_rule("diagram", render_diagram)


def find_diagrams(state: StateCore) -> None:
    """Turn each paragraph that is a single picture into a diagram; refuse other pictures."""
    page = page_of(state.env)
    for index, token in enumerate(state.tokens):
        children = token.children or []
        pictures = [child for child in children if child.type == "image"]
        if token.type != "inline" or not pictures:
            continue
        line = line_of(token)
        if state.tokens[index - 1].type == "paragraph_open" and len(children) == 1:
            become_diagram(state.tokens[index - 1 : index + 2], pictures[0], line)
        else:
            page.refuse(line, "picture", "must be a paragraph of its own")
            token.children = [child for child in children if child.type != "image"]


def become_diagram(paragraph: list[Token], picture: Token, line: int) -> None:
    """Make the opening token of a paragraph a diagram, and empty the others."""
    opening, inline, closing = paragraph
    opening.type, opening.nesting, opening.hidden = "diagram", 0, False
    opening.map = [line, line + 1]
    opening.meta = {
        "src": unquote(str(picture.attrs["src"])),
        "alt": picture.content,
        "caption": str(picture.attrs.get("title", "")),
    }
    inline.children, inline.content = [], ""
    closing.type, closing.nesting, closing.hidden, closing.content = "text", 0, True, ""


def render_diagram(
    _self: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, env: Env
) -> str:
    """Render a figure as a slot of the page; "" when its picture can't be shown."""
    token, page = tokens[index], page_of(env)
    source, alt, caption = (token.meta[name] for name in ("src", "alt", "caption"))
    line = line_of(token)
    path = picture_file(source, page, line)
    if not alt.strip():
        page.refuse(line, "picture", "needs a text that says what it shows: ![here](…)")
    if path is None:
        return ""
    address = page.context.pictures + quote(str(Path(source)))
    try:
        html, removed = picture_html(path.read_bytes(), path.name, address, alt)
    except UnusablePicture as error:
        page.refuse(line, "picture", f"{path.name} {error}")
        return ""
    for part in removed:
        page.refuse(line, "picture", f"{path.name} may not have {part}")
    css_class = "diagram" if path.suffix == ".svg" else "diagram photo"
    label = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return page.add_slot(f'<figure class="{css_class}">{html}{label}</figure>') + "\n"


def picture_file(source: str, page: Page, line: int) -> Path | None:
    """Return the picture's file, which is in the text's own folder or below."""
    if page.context.folder is None:
        page.refuse(line, "picture", "can't stand in a text that has no folder")
        return None
    folder = page.context.folder.resolve()
    path = (folder / source).resolve()
    if path.suffix not in SUFFIXES or "://" in source or not path.is_relative_to(folder):
        message = f"must be an .svg, .png, .jpg or .webp file in the same folder, not {source}"
        page.refuse(line, "picture", message)
    elif not path.is_file():
        page.refuse(line, "picture", f"names a file that is missing: {source}")
    else:
        return path
    return None


def picture_html(content: bytes, name: str, address: str, alt: str) -> tuple[str, list[str]]:
    """Return a picture as an element of the page, and what was left out of an SVG.

    An address changes with the content, so that browsers may keep it for good. Raises
    UnusablePicture.
    """
    if not name.endswith(".svg"):
        photo = check_photo(content, name)
        html = (
            f'<img src="{escape(address)}?v={fingerprint(content)}" alt="{escape(alt)}"'
            f' width="{photo.width}" height="{photo.height}" loading="lazy">'
        )
        return html, []
    try:
        picture = clean_svg(content.decode("utf-8-sig"), label=alt)
    except UnicodeDecodeError as error:
        raise UnusablePicture("is not UTF-8 text") from error
    return picture.svg, picture.removed


def fingerprint(content: bytes) -> str:
    """Return a text that tells this version of a picture from others."""
    return hashlib.sha256(content).hexdigest()[:16]
