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

PLAIN = "text"
# What can be typed at a shell's prompt as it stands.
RUNNABLE_LANGUAGES = ("bash", "sh")

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
    language, *options = token.info.split() or [PLAIN]
    machine = machine_to_run_in(options, language, page, line)
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


def machine_to_run_in(options: list[str], language: str, page: Page, line: int) -> str:
    """Return the machine that a block runs in, "" for none or a wrong one."""
    machine = ""
    for option in options:
        name, _, value = option.partition("=")
        if name != "run":
            page.refuse(line, "code", f"has an unknown option {option}; known is run=<machine>")
        elif value not in page.context.machines:
            page.refuse(line, "run", f"the lesson has no machine named {value or '(nothing)'}")
        elif language not in RUNNABLE_LANGUAGES:
            languages = " and ".join(RUNNABLE_LANGUAGES)
            page.refuse(line, "run", f"only {languages} can be run, not {language}")
        else:
            machine = value
    return machine
