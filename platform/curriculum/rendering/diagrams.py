"""Pictures: `![what it shows](file.svg "Caption")` in a paragraph of its own becomes a figure. A diagram (SVG) stands
inside the page, a picture of pixels is loaded from beside it."""

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
from curriculum.rendering.page import Page, page_of
from curriculum.rendering.photos import CONTENT_TYPES, check_photo
from curriculum.rendering.svg import clean_svg

_SUFFIXES = (".svg", *CONTENT_TYPES)


def diagrams_plugin(md: MarkdownIt) -> None:
    """Add the rule and its renderer."""
    md.core.ruler.after("inline", "diagrams", _rule)
    md.add_render_rule("diagram", _render)


def _rule(state: StateCore) -> None:
    """Turn each paragraph that is one picture into a diagram; refuse pictures anywhere else."""
    page = page_of(state.env)
    for index, token in enumerate(state.tokens):
        pictures = [child for child in token.children or () if child.type == "image"]
        if token.type != "inline" or not pictures:
            continue
        line = token.map[0] if token.map else 0
        if state.tokens[index - 1].type == "paragraph_open" and len(token.children or ()) == 1:
            _become_diagram(state.tokens[index - 1 : index + 2], pictures[0], line)
        else:
            page.refuse(line, "picture", "must be a paragraph of its own")
            token.children = [child for child in token.children or () if child.type != "image"]


def _become_diagram(paragraph: list[Token], picture: Token, line: int) -> None:
    opening, inline, closing = paragraph
    opening.type, opening.nesting, opening.hidden, opening.map = "diagram", 0, False, [line, line + 1]
    opening.meta = {"src": unquote(str(picture.attrs["src"])), "alt": picture.content}
    opening.meta["caption"] = str(picture.attrs.get("title", ""))
    inline.children, inline.content = [], ""
    closing.type, closing.nesting, closing.hidden = "text", 0, True
    closing.content = ""


def _render(_self: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, env: Env) -> str:
    token, page = tokens[index], page_of(env)
    line = token.map[0] if token.map else 0
    path = _file(token.meta["src"], page, line)
    if not token.meta["alt"].strip():
        page.refuse(line, "picture", "needs a text that says what it shows: ![here](…)")
    if path is None:
        return ""
    caption = f"<figcaption>{escape(token.meta['caption'])}</figcaption>" if token.meta["caption"] else ""
    kind = "diagram" if path.suffix == ".svg" else "diagram photo"
    shown = _shown(path, token, page, line)
    return page.slot(f'<figure class="{kind}">{shown}{caption}</figure>') + "\n" if shown else ""


def _file(source: str, page: Page, line: int) -> Path | None:
    """The picture's file, in the text's own folder or below."""
    if page.setting.folder is None:
        page.refuse(line, "picture", "can't stand in a text that has no folder")
        return None
    folder = page.setting.folder.resolve()
    path = (folder / source).resolve()
    if path.suffix not in _SUFFIXES or "://" in source or not path.is_relative_to(folder):
        page.refuse(line, "picture", f"must be an .svg, .png, .jpg or .webp file in the same folder, not {source}")
    elif not path.is_file():
        page.refuse(line, "picture", f"names a file that is missing: {source}")
    else:
        return path
    return None


def _shown(path: Path, token: Token, page: Page, line: int) -> str:
    """The picture itself; "" when it can't be shown."""
    address = page.setting.pictures + quote(str(Path(token.meta["src"])))
    try:
        html, removed = picture_html(path.read_bytes(), path.name, address, token.meta["alt"])
    except UnusablePicture as error:
        page.refuse(line, "picture", f"{path.name} {error}")
        return ""
    for what in removed:
        page.refuse(line, "picture", f"{path.name} may not have {what}")
    return html


def picture_html(content: bytes, name: str, address: str, alt: str) -> tuple[str, list[str]]:
    """A picture as an element of the page, and what was left out of an SVG because it may not stand there. An address
    changes with the content, so that browsers may keep it for good. Raises UnusablePicture."""
    if not name.endswith(".svg"):
        photo = check_photo(content, name)
        size = f'width="{photo.width}" height="{photo.height}"'
        return f'<img src="{escape(address)}?v={fingerprint(content)}" alt="{escape(alt)}" {size} loading="lazy">', []
    try:
        picture = clean_svg(content.decode(), label=alt)
    except UnicodeDecodeError as error:
        raise UnusablePicture("is not UTF-8 text") from error
    return picture.svg, picture.removed


def fingerprint(content: bytes) -> str:
    """Tells one version of a picture from another."""
    return hashlib.sha256(content).hexdigest()[:16]
