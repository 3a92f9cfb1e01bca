"""Turn Markdown into clean HTML.

markdown-it parses it with its plugins and with our directives, code blocks, diagrams and links;
nh3 cleans the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, NotRequired, TypedDict

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from curriculum.rendering.author_html import TAGS, author_html_plugin
from curriculum.rendering.code_blocks import codeblocks_plugin
from curriculum.rendering.diagrams import diagrams_plugin
from curriculum.rendering.directives import Env, Problem, directives_plugin
from curriculum.rendering.headings import headings_plugin
from curriculum.rendering.links import links_plugin
from curriculum.rendering.lost_text import lost_text_plugin
from curriculum.rendering.page import Page, RenderContext, line_of
from curriculum.rendering.run_blocks import RunBlock

ATTRIBUTES = {
    "*": {"class", "id", "lang", "title"},
    "a": {"href"},
    "div": {"data-slot"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
DROPPED_WITH_CONTENT = (
    "script",
    "style",
    "template",
    "iframe",
    "object",
    "svg",
    "math",
    "title",
    "textarea",
)


# What some editors put before a text's first letter.
BYTE_ORDER_MARK = "\ufeff"


def without_mark(text: str) -> str:
    """Return a text without a byte order mark before its first letter."""
    letters = text.lstrip("\n")
    return text.replace(BYTE_ORDER_MARK, "", 1) if letters.startswith(BYTE_ORDER_MARK) else text


class Block(TypedDict):
    """Describe a piece of a lesson, in reading order: clean HTML, or the place of an exercise."""

    type: Literal["html", "exercise"]
    html: NotRequired[str]
    slug: NotRequired[str]


@dataclass(frozen=True)
class Rendering:
    """Hold a rendered text.

    `placed` are the exercises it places, each with its line; lines count from 0 in the text.
    `run_blocks` are the blocks that run in a machine, in the order of the text.
    """

    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...]
    placed: tuple[tuple[str, int], ...]
    run_blocks: tuple[RunBlock, ...] = ()


def render_lesson(text: str, *, context: RenderContext) -> Rendering:
    """Render a lesson's body, cut where exercises stand; its faults are in `problems`."""
    page = Page(context)
    env = page.env()
    blocks: list[Block] = []
    placed: list[tuple[str, int]] = []
    pending: list[Token] = []
    for token in markdown_parser().parse(without_mark(text), env):
        if token.type == "exercise":
            blocks += html_blocks(pending, page, env)
            blocks.append({"type": "exercise", "slug": token.info})
            placed.append((token.info, line_of(token)))
            pending = []
        else:
            pending.append(token)
    blocks += html_blocks(pending, page, env)
    run_blocks = tuple(page.run_blocks)
    return Rendering(tuple(blocks), tuple(page.problems), tuple(placed), run_blocks)


def render_text(text: str, *, context: RenderContext) -> tuple[str, tuple[Problem, ...]]:
    """Render a text that places no exercises, such as an exercise's own.

    Returns clean HTML and the faults.
    """
    rendering = render_lesson(text, context=context)
    misplaced = tuple(
        Problem(line, "exercise", "can only be placed by a lesson")
        for _slug, line in rendering.placed
    )
    html = "".join(block.get("html", "") for block in rendering.blocks)
    return html, rendering.problems + misplaced


def picture_names(text: str) -> list[str]:
    """Return the files of the pictures that a text shows, front matter or not."""
    tokens = markdown_parser().parse(text, Page(RenderContext()).env())
    return [token.meta["src"] for token in tokens if token.type == "diagram"]


@lru_cache(maxsize=1024)
def render_markdown(text: str) -> str:
    """Render a text that stands alone, such as a hint or a check's message, as clean HTML."""
    return render_text(text, context=RenderContext())[0]


def html_blocks(tokens: Sequence[Token], page: Page, env: Env) -> list[Block]:
    """Return the tokens as one block, or as none when they render nothing."""
    parser = markdown_parser()
    html = clean_html(parser.renderer.render(tokens, parser.options, env), page)
    html = page.fill_slots(html).strip()
    return [{"type": "html", "html": html}] if html else []


def clean_html(html: str, page: Page) -> str:
    """Drop every element and attribute that is not on the lists, and ids that are not ours.

    An id of the author's could stand in for one of the page's own.
    """
    own_ids = (page.context.scope, "fn")

    def filter_attribute(_tag: str, name: str, value: str) -> str | None:
        if name == "data-slot":
            return value if page.owns_slot(value) else None
        return value if name != "id" or value.startswith(own_ids) else None

    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=filter_attribute,
        clean_content_tags=set(DROPPED_WITH_CONTENT),
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


@cache
def markdown_parser() -> MarkdownIt:
    """Return the one parser of all texts."""
    md = MarkdownIt("commonmark", {"html": True})
    md.enable(["table", "strikethrough"])
    md.use(deflist_plugin).use(footnote_plugin)
    md.use(directives_plugin).use(codeblocks_plugin).use(diagrams_plugin)
    md.use(attrs_plugin, allowed=["class"]).use(attrs_block_plugin, allowed=["class"])
    md.use(author_html_plugin).use(headings_plugin).use(links_plugin).use(lost_text_plugin)
    md.core.ruler.push("tables", align_by_class)
    md.add_render_rule("table_open", lambda _self, *_rest: '<div class="table"><table>\n')
    md.add_render_rule("table_close", lambda _self, *_rest: "</table></div>\n")
    return md


def align_by_class(state: StateCore) -> None:
    """Align columns by a class: the page's policy bars inline styles, and cleaning drops them."""
    for token in state.tokens:
        style = str(token.attrs.get("style", ""))
        if token.type in ("td_open", "th_open") and style:
            del token.attrs["style"]
            token.attrJoin("class", "align-" + style.removeprefix("text-align:"))
