"""Render fenced code: highlighted by Pygments (CSS classes, no styles), with *Copy*.

A block gets *Run* where it names a machine:

```bash run=box
"""

from collections.abc import Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from curriculum.rendering.directives import Env
from curriculum.rendering.page import Page, line_of, page_of
from curriculum.rendering.run_blocks import BadOption, read_block, read_options

PLAIN = "text"

COPY_BUTTON = '<button type="button" class="code__copy">Copy</button>'
RUN_BUTTON = '<button type="button" class="code__run">Run</button>'


def codeblocks_plugin(md: MarkdownIt) -> None:
    """Render fenced and indented code our way."""
    md.add_render_rule("fence", render_code)
    md.add_render_rule("code_block", render_code)


def render_code(
    _self: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, env: Env
) -> str:
    """Render a block as a slot of the page; a language that Pygments doesn't know is a fault."""
    token, page = tokens[index], page_of(env)
    line = line_of(token)
    language, machine = read_info(token, page, line)
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        page.refuse(line, "code", f"names a language that is not known: {language}")
        lexer, language = get_lexer_by_name(PLAIN, stripnl=False), PLAIN
    code = highlight(token.content, lexer, HtmlFormatter(nowrap=True))
    run = f' data-run="{escape(machine)}"' if machine else ""
    html = (
        f'<div class="code"{run} data-lang="{escape(language)}">'
        f'<pre class="highlight"><code>{code}</code></pre>'
        f'<div class="code__bar">{COPY_BUTTON}{RUN_BUTTON if machine else ""}</div></div>'
    )
    return page.add_slot(html) + "\n"


def read_info(token: Token, page: Page, line: int) -> tuple[str, str]:
    """Return a block's language, and the machine that it runs in: "" for none or a wrong one."""
    language = (token.info.split() or [PLAIN])[0]
    try:
        options = read_options(token.info)[1]
        block = read_block(language, options, token.content, line, page.context.machines)
    except BadOption as error:
        page.refuse(line, error.name, str(error))
        return language, ""
    if block is None:
        return language, ""
    page.run_blocks.append(block)
    return language, block.machine
