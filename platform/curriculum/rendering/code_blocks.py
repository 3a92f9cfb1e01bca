"""Render fenced code: highlighted by Pygments (CSS classes, no styles), with *Copy*.

A block gets *Run* where it names a machine, and *Save* where it names a file of one:

```bash run=box
```dockerfile save=/root/Dockerfile
"""

import json
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
from curriculum.rendering.run_blocks import BadOption, RunBlock, read_block, read_options

PLAIN = "text"

COPY_BUTTON = '<button type="button" class="code__copy">Copy</button>'
RUN_BUTTON = '<button type="button" class="code__run">Run</button>'
SAVE_BUTTON = '<button type="button" class="code__save">Save</button>'


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
    language, block = read_info(token, page, line)
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        page.refuse(line, "code", f"names a language that is not known: {language}")
        lexer, language = get_lexer_by_name(PLAIN, stripnl=False), PLAIN
    code = highlight(token.content, lexer, HtmlFormatter(nowrap=True))
    html = (
        f'<div class="code"{data_of(block)} data-lang="{escape(language)}">{path_of(block)}'
        f'<pre class="highlight"><code>{code}</code></pre>'
        f'<div class="code__bar">{COPY_BUTTON}{button_of(block)}</div></div>'
    )
    return page.add_slot(html) + "\n"


def data_of(block: RunBlock | None) -> str:
    """Return the attributes by which the page's scripts know what to do with a block."""
    if block is None:
        return ""
    if block.save:
        return f' data-save="{escape(block.save)}" data-in="{escape(block.machine)}"'
    data = f' data-run="{escape(block.machine)}"'
    if block.interrupt:
        data += " data-interrupt"
    if block.prints and not block.until:
        data += f' data-prints="{escape(json.dumps(block.prints, ensure_ascii=False))}"'
    return data


def path_of(block: RunBlock | None) -> str:
    """Return the line above a block that says which file it is."""
    return f'<p class="code__path">{escape(block.save)}</p>' if block and block.save else ""


def button_of(block: RunBlock | None) -> str:
    """Return the button that does with a block what it is for."""
    if block is None:
        return ""
    return SAVE_BUTTON if block.save else RUN_BUTTON


def read_info(token: Token, page: Page, line: int) -> tuple[str, RunBlock | None]:
    """Return a block's language, and what it does in a machine: None for nothing or a fault."""
    language = (token.info.split() or [PLAIN])[0]
    try:
        options = read_options(token.info)[1]
        block = read_block(language, options, token.content, line, page.context.machines)
    except BadOption as error:
        page.refuse(line, error.name, str(error))
        return language, None
    if block is not None:
        page.run_blocks.append(block)
    return language, block
