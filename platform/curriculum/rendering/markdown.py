"""Markdown to clean HTML: markdown-it with its plugins, our directives, code blocks, diagrams and links, then nh3."""

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

from curriculum.rendering.code_blocks import codeblocks_plugin
from curriculum.rendering.diagrams import diagrams_plugin
from curriculum.rendering.directives import Env, Problem, directives_plugin
from curriculum.rendering.links import links_plugin
from curriculum.rendering.page import Page, Setting

_TAGS = (
    "a abbr aside b blockquote br cite code dd del details dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p"
    " pre q s samp section small span strong sub summary sup table tbody td tfoot th thead tr u ul var"
)
_ATTRIBUTES = {
    "*": {"class", "id", "lang", "title"},
    "a": {"href"},
    "div": {"data-slot"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}


class Block(TypedDict):
    """A piece of a lesson, in reading order: clean HTML, or the place of an exercise."""

    type: Literal["html", "exercise"]
    html: NotRequired[str]
    slug: NotRequired[str]


@dataclass(frozen=True)
class Rendering:
    """A rendered text. `placed` are the exercises it places, each with its line; lines count from 0 in the text."""

    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...]
    placed: tuple[tuple[str, int], ...]


def render_lesson(text: str, *, setting: Setting) -> Rendering:
    """Render a lesson's body, cut where exercises stand. Always renders; what is wrong is in `problems`."""
    page = Page(setting)
    env = page.env()
    blocks: list[Block] = []
    placed: list[tuple[str, int]] = []
    pending: list[Token] = []
    for token in _parser().parse(text, env):
        if token.type == "exercise":
            blocks += [*_html_block(pending, page, env), {"type": "exercise", "slug": token.info}]
            placed.append((token.info, token.map[0] if token.map else 0))
            pending = []
        else:
            pending.append(token)
    blocks += _html_block(pending, page, env)
    return Rendering(tuple(blocks), tuple(page.problems), tuple(placed))


def render_text(text: str, *, setting: Setting) -> tuple[str, tuple[Problem, ...]]:
    """Render a text that places no exercises, such as an exercise's own; returns clean HTML and what is wrong."""
    rendering = render_lesson(text, setting=setting)
    refused = tuple(Problem(line, "exercise", "can only be placed by a lesson") for _slug, line in rendering.placed)
    return "".join(block.get("html", "") for block in rendering.blocks), rendering.problems + refused


def picture_names(text: str) -> list[str]:
    """The files of the pictures that a text shows, front matter or not."""
    tokens = _parser().parse(text, Page(Setting()).env())
    return [token.meta["src"] for token in tokens if token.type == "diagram"]


@lru_cache(maxsize=1024)
def render_markdown(text: str) -> str:
    """A text that stands alone, such as a hint or a check's message, as clean HTML."""
    return render_text(text, setting=Setting())[0]


def _html_block(tokens: Sequence[Token], page: Page, env: Env) -> list[Block]:
    html = page.fill(_clean(_parser().renderer.render(tokens, _parser().options, env), page)).strip()
    return [{"type": "html", "html": html}] if html else []


def _clean(html: str, page: Page) -> str:
    """Drop every element and attribute that is not on the lists, and ids that are not ours: an id of the author's could
    stand in for one of the page's own."""
    ours = (page.setting.scope, "fn")

    def keep(_tag: str, name: str, value: str) -> str | None:
        if name == "data-slot":
            return value if page.owns(value) else None
        return value if name != "id" or value.startswith(ours) else None

    return nh3.clean(
        html,
        tags=set(_TAGS.split()),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=keep,
        clean_content_tags={"script", "style", "template", "iframe", "object", "svg", "math", "title", "textarea"},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )


@cache
def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": True})
    md.enable(["table", "strikethrough"])
    for plugin in (deflist_plugin, footnote_plugin, directives_plugin, codeblocks_plugin, diagrams_plugin):
        md.use(plugin)
    md.use(attrs_plugin, allowed=["class"]).use(attrs_block_plugin, allowed=["class"])
    md.use(links_plugin)
    md.core.ruler.push("tables", _table_rule)
    md.add_render_rule("table_open", lambda _self, *_rest: '<div class="table"><table>\n')
    md.add_render_rule("table_close", lambda _self, *_rest: "</table></div>\n")
    return md


def _table_rule(state: StateCore) -> None:
    """Columns are aligned by a class: inline styles are cleaned away and barred by the page's policy."""
    for token in state.tokens:
        style = str(token.attrs.get("style", ""))
        if token.type in ("td_open", "th_open") and style:
            del token.attrs["style"]
            token.attrJoin("class", "align-" + style.removeprefix("text-align:"))
