"""One table bounds what crosses a border: it is documented, and nothing else sets such a bound."""

import re
from dataclasses import FrozenInstanceError, fields

import pytest

from core import budgets
from tests.support.paths import ROOT

BUDGETS = {name: getattr(budgets, name) for name in ("MACHINE", "CLIENT", "AUTHOR", "STRANGER")}
FIGURES = [
    (f"{name}.{field.name}", getattr(budget, field.name))
    for name, budget in BUDGETS.items()
    for field in fields(budget)
]


def shown(figure: object) -> str:
    """Write a figure as docs/security.md does."""
    if isinstance(figure, budgets.Rate):
        return f"{figure.per_second:,} a second, {figure.burst:,} at once"
    return f"{figure:,}"


@pytest.mark.parametrize(("name", "figure"), FIGURES)
def test_every_figure_stands_in_the_document(name: str, figure: object) -> None:
    rows = (ROOT / "docs" / "security.md").read_text().splitlines()
    row = next((row for row in rows if row.startswith(f"| `{name}` |")), "")
    assert row.startswith(f"| `{name}` | {shown(figure)} | "), f"docs/security.md: {row or name}"


def test_every_figure_has_its_reason_beside_it() -> None:
    lines = (ROOT / "platform" / "core" / "budgets.py").read_text().splitlines()
    assignments = [
        number for number, line in enumerate(lines) if line.startswith("    ") and ": " in line
    ]
    for number in assignments:
        if "=" in lines[number] and "#" not in lines[number]:
            assert lines[number - 1].lstrip().startswith("#"), f"no reason: {lines[number].strip()}"


@pytest.mark.parametrize("name", BUDGETS)
def test_no_code_changes_a_budget(name: str) -> None:
    budget = BUDGETS[name]
    with pytest.raises(FrozenInstanceError):
        setattr(budget, fields(budget)[0].name, 0)


LIMIT = re.compile(r"^([A-Z_]*(?:MAX|LIMIT|WINDOW|PER_USER)[A-Z_]*) *= *[\d(]", re.MULTILINE)
EDGES = ("terminal", "api", "config", "learn", "accounts")
# The engine's answers, which no party of the table sends; a number of the wire that is no budget;
# what an operator sets.
OTHERS = {"MAX_HEAD", "MAX_BODY", "MAX_SEQ", "WINDOW_SECONDS", "AXES_FAILURE_LIMIT"}


def test_modules_at_the_border_have_no_limits_of_their_own() -> None:
    platform = ROOT / "platform"
    files = [file for app in EDGES for file in (platform / app).rglob("*.py")]
    own = {
        f"{file.relative_to(platform)}: {name}"
        for file in files
        for name in LIMIT.findall(file.read_text())
        if name not in OTHERS and not name.startswith("CELERY")
    }
    assert not own


def test_the_pty_server_and_the_page_keep_to_the_same_figures() -> None:
    header = (ROOT / "platform/runtime/ptyd/ptyd.h").read_text()
    assert f"#define MAX_PAYLOAD {budgets.MACHINE.frame_bytes}\n" in header
    assert re.search(rf"#define MAX_SIDE {budgets.MACHINE.side}\b", header)
    frames = (ROOT / "static/js/terminal/frames.js").read_text()
    kibibytes = re.search(r"CHUNK_BYTES = (\d+) \* 1024;", frames)
    assert kibibytes
    assert int(kibibytes[1]) * 1024 <= budgets.CLIENT.terminal_message_bytes
