"""The `:::` fences of lesson files, as a markdown-it block rule.

    ::: exercise slug          places an exercise; stands alone, needs no closing line
    ::: note [Title]           … until a line of :::
    ::: warning [Title]        … until a line of :::
    ::: hint [Title]           … until a line of :::; closed until the student opens it

Faults (an unknown name, a fence that never closes, …) are collected in `env["problems"]` as `Problem`s.
"""

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

CONTAINERS = {"note": "", "warning": "Warning", "hint": "Hint"}  # name → title when none is given
KNOWN = ("exercise", *CONTAINERS)
_OPEN = re.compile(r"^:{3,}[ \t]*(?P<name>[A-Za-z][\w-]*)[ \t]*(?P<args>.*?)[ \t]*$")
_CLOSE = re.compile(r"^:{3,}[ \t]*$")
_CODE = re.compile(r"^(`{3,}|~{3,})")

Env = MutableMapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """A fault in a text; `line` counts from 0 within it."""

    line: int
    field: str
    message: str


def directives_plugin(md: MarkdownIt) -> None:
    """Add the rule and its renderers."""
    md.block.ruler.before("fence", "directive", _rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    md.add_render_rule("directive_open", _render_open)
    md.add_render_rule("directive_close", _render_close)


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    text = _line(state, start)
    if state.is_code_block(start) or not text.startswith(":::"):
        return False
    if silent:
        return True
    match = _OPEN.match(text)
    if match is None:
        return _refuse(state, start, "directive", "closes nothing" if _CLOSE.match(text) else "has no name after :::")
    if match["name"] == "exercise":
        return _place(state, start, end, match["args"])
    return _contain(state, start, end, match["name"], match["args"])


def _refuse(state: StateBlock, start: int, field: str, message: str) -> bool:
    """Leave the line out and remember why."""
    state.env.setdefault("problems", []).append(Problem(start, field, message))
    state.line = start + 1
    return True


def _place(state: StateBlock, start: int, end: int, slug: str) -> bool:
    if state.level:
        return _refuse(state, start, "exercise", "must not stand inside something else")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        return _refuse(
            state, start, "exercise", "needs the name of one exercise folder, as in `::: exercise find-init`"
        )
    token = state.push("exercise", "", 0)
    token.block, token.info, token.map = True, slug, [start, start + 1]
    closed = start + 1 < end and _CLOSE.match(_line(state, start + 1))
    state.line = start + (2 if closed else 1)
    return True


def _contain(state: StateBlock, start: int, end: int, name: str, title: str) -> bool:
    close = _closing_line(state, start, end)
    if name not in CONTAINERS:
        _refuse(state, start, name, f"is not a directive; known are {', '.join(KNOWN)}")
        state.line = start + 1 if close is None else close + 1
        return True
    if close is None:
        return _refuse(state, start, name, "is never closed: end it with a line of :::")
    opening = state.push("directive_open", "", 1)
    opening.block, opening.info, opening.map = True, name, [start, close]
    opening.meta = {"title": title or CONTAINERS[name]}
    _tokenize_inside(state, start + 1, close)
    state.push("directive_close", "", -1).info = name
    state.line = close + 1
    return True


def _tokenize_inside(state: StateBlock, start: int, close: int) -> None:
    parent, line_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "directive", close
    state.md.block.tokenize(state, start, close)
    state.parentType, state.lineMax = parent, line_max


def _closing_line(state: StateBlock, start: int, end: int) -> int | None:
    """The line that closes the fence opened on `start`: fences nest, and code is skipped."""
    depth, code = 1, ""
    for number in range(start + 1, end):
        text = _line(state, number)
        if fence := _CODE.match(text):
            code = "" if code and text.startswith(code) else code or fence[1]
        elif not code:
            depth += _step(text)
        if depth == 0:
            return number
    return None


def _step(text: str) -> int:
    if _CLOSE.match(text):
        return -1
    match = _OPEN.match(text)
    return 1 if match and match["name"] != "exercise" else 0


def _render_open(_self: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: Env) -> str:
    name, title = tokens[index].info, escapeHtml(tokens[index].meta["title"])
    if name == "hint":
        return f'<details class="hint"><summary>{title}</summary>\n'
    heading = f'<p class="note__title">{title}</p>\n' if title else ""
    return f'<aside class="note{" note--warning" if name == "warning" else ""}">{heading}'


def _render_close(
    _self: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: Env
) -> str:
    return "</details>\n" if tokens[index].info == "hint" else "</aside>\n"
