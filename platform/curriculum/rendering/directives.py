"""Parse the `:::` fences of lesson files, as a markdown-it block rule.

    ::: exercise slug          places an exercise; stands alone, needs no closing line
    ::: note [Title]           … until a line of :::
    ::: warning [Title]        … until a line of :::
    ::: hint [Title]           … until a line of :::; closed until the student opens it
    ::: guess                  … until a line of :::; a question with a place for an answer

Faults (an unknown name, a fence that never closes, …) are collected in `env["problems"]`.
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

CONTAINERS = {
    "note": "",
    "warning": "Warning",
    "hint": "Hint",
    "guess": "",
}  # name → title when there is none
# Kept by the browser, for the student alone (static/js/lib/guesses.js).
GUESS_FIELD = (
    '<label class="guess__entry"><span class="guess__label">Your guess</span>'
    '<input class="guess__input" data-guess type="text" maxlength="200" autocomplete="off"></label>'
)
DIRECTIVES = ("exercise", *CONTAINERS)
OPENING = re.compile(r"^:{3,}[ \t]*(?P<name>[A-Za-z][\w-]*)[ \t]*(?P<args>.*?)[ \t]*$")
CLOSING = re.compile(r"^:{3,}[ \t]*$")
CODE_FENCE = re.compile(r"^(`{3,}|~{3,})")
EXERCISE_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Env = MutableMapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """Describe a fault in a text; `line` counts from 0 within it."""

    line: int
    field: str
    message: str


def directives_plugin(md: MarkdownIt) -> None:
    """Add the rule and its renderers."""
    md.block.ruler.before(
        "fence",
        "directive",
        parse_directive,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )
    md.add_render_rule("directive_open", render_opening)
    md.add_render_rule("directive_close", render_closing)


def line_text(state: StateBlock, number: int) -> str:
    """Return a line without its indentation."""
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def parse_directive(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Parse the directive on line `start`, if there is one."""
    text = line_text(state, start)
    if state.is_code_block(start) or not text.startswith(":::"):
        return False
    if silent:
        return True
    match = OPENING.match(text)
    if match is None:
        message = "closes nothing" if CLOSING.match(text) else "has no name after :::"
        return refuse(state, start, "directive", message)
    if match["name"] == "exercise":
        return place_exercise(state, start, end, match["args"])
    return open_container(state, start, end, match["name"], match["args"])


def refuse(state: StateBlock, start: int, field: str, message: str) -> bool:
    """Leave the line out and remember why."""
    state.env.setdefault("problems", []).append(Problem(start, field, message))
    state.line = start + 1
    return True


def place_exercise(state: StateBlock, start: int, end: int, slug: str) -> bool:
    """Add a token for the place of an exercise; a closing line after it is allowed."""
    if state.level:
        return refuse(state, start, "exercise", "must not stand inside something else")
    if not EXERCISE_SLUG.fullmatch(slug):
        message = "needs the name of one exercise folder, as in `::: exercise find-init`"
        return refuse(state, start, "exercise", message)
    token = state.push("exercise", "", 0)
    token.block, token.info, token.map = True, slug, [start, start + 1]
    is_closed = start + 1 < end and CLOSING.match(line_text(state, start + 1))
    state.line = start + (2 if is_closed else 1)
    return True


def open_container(state: StateBlock, start: int, end: int, name: str, title: str) -> bool:
    """Add tokens for a container and what is in it."""
    close = closing_line(state, start, end)
    if name not in CONTAINERS:
        refuse(state, start, name, f"is not a directive; known are {', '.join(DIRECTIVES)}")
        state.line = start + 1 if close is None else close + 1
        return True
    if close is None:
        return refuse(state, start, name, "is never closed: end it with a line of :::")
    opening = state.push("directive_open", "", 1)
    opening.block, opening.info, opening.map = True, name, [start, close]
    opening.meta = {"title": title or CONTAINERS[name]}
    parent, line_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "directive", close
    state.md.block.tokenize(state, start + 1, close)
    state.parentType, state.lineMax = parent, line_max
    state.push("directive_close", "", -1).info = name
    state.line = close + 1
    return True


def closing_line(state: StateBlock, start: int, end: int) -> int | None:
    """Return the line that closes the fence on `start`: fences nest, and code is skipped."""
    depth, code = 1, ""
    for number in range(start + 1, end):
        text = line_text(state, number)
        if fence := CODE_FENCE.match(text):
            code = "" if code and text.startswith(code) else code or fence[1]
        elif not code and CLOSING.match(text):
            depth -= 1
        elif not code and (match := OPENING.match(text)):
            depth += match["name"] != "exercise"
        if depth == 0:
            return number
    return None


def render_opening(
    _self: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: Env
) -> str:
    """Render the head of a container."""
    name, title = tokens[index].info, escapeHtml(tokens[index].meta["title"])
    if name == "guess":
        return '<div class="guess">'
    if name == "hint":
        return f'<details class="hint"><summary>{title}</summary>\n'
    heading = f'<p class="note__title">{title}</p>\n' if title else ""
    css_class = "note note--warning" if name == "warning" else "note"
    return f'<aside class="{css_class}">{heading}'


def render_closing(
    _self: RendererProtocol, tokens: Sequence[Token], index: int, _options: OptionsDict, env: Env
) -> str:
    """Render the end of a container."""
    if tokens[index].info == "guess":
        return f"{env['page'].add_slot(GUESS_FIELD)}</div>\n"
    return "</details>\n" if tokens[index].info == "hint" else "</aside>\n"
