"""Fenced code: highlighted by Pygments (CSS classes, no styles), with *Copy*, and *Run* where a machine is named.

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
from curriculum.rendering.page import Page, page_of

PLAIN = "text"
# What can be typed at a shell's prompt as it stands.
RUNNABLE_LANGUAGES = ("bash", "sh")

_COPY = '<button type="button" class="code__copy">Copy</button>'
_RUN = '<button type="button" class="code__run">Run</button>'


def codeblocks_plugin(md: MarkdownIt) -> None:
    """Render fenced and indented code our way."""
    md.add_render_rule("fence", _render)
    md.add_render_rule("code_block", _render)


def _render(_self: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, env: Env) -> str:
    token, page = tokens[index], page_of(env)
    line = token.map[0] if token.map else 0
    language, *options = token.info.split() or [PLAIN]
    return page.slot(code_html(token.content, language, _machine(options, language, page, line), page, line)) + "\n"


def _machine(options: list[str], language: str, page: Page, line: int) -> str:
    """The machine to run in, "" for none or a wrong one."""
    machine = ""
    for option in options:
        name, _, value = option.partition("=")
        if name != "run":
            page.refuse(line, "code", f"has an unknown option {option}; known is run=<machine>")
        elif value not in page.setting.machines:
            page.refuse(line, "run", f"the lesson has no machine named {value or '(nothing)'}")
        elif language not in RUNNABLE_LANGUAGES:
            page.refuse(line, "run", f"only {' and '.join(RUNNABLE_LANGUAGES)} can be run, not {language}")
        else:
            machine = value
    return machine


def code_html(source: str, language: str, machine: str, page: Page, line: int) -> str:
    """The block's HTML; a language that Pygments doesn't know is a fault and stays plain."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        page.refuse(line, "code", f"names a language that is not known: {language}")
        lexer, language = get_lexer_by_name(PLAIN, stripnl=False), PLAIN
    code = highlight(source, lexer, HtmlFormatter(nowrap=True))
    run = f' data-run="{escape(machine)}"' if machine else ""
    return (
        f'<div class="code"{run} data-lang="{escape(language)}"><pre class="highlight"><code>{code}</code></pre>'
        f'<div class="code__bar">{_COPY}{_RUN if machine else ""}</div></div>'
    )
