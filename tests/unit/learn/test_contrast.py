"""Every text colour reaches a contrast of 4.5 on every surface below it (WCAG 2.2, 1.4.3)."""

import re

import pytest

from tests.support.paths import ROOT

TOKENS = ROOT / "static/css/tokens.css"
SURFACES = ("paper", "surface", "sunken")
ON_SURFACES = (
    "ink",
    "ink-soft",
    "ink-faint",
    "accent",
    "accent-strong",
    "hull",
    "good",
    "warn",
    "bad",
)
PAIRS = [
    *((text, surface) for text in ON_SURFACES for surface in SURFACES),
    *((text, f"{text}-soft") for text in ("good", "warn", "bad", "hull", "accent")),
    *(("ink", f"{tone}-soft") for tone in ("accent", "warn")),
    *((text, surface)
      for text in ("code-comment", "code-keyword", "code-string", "code-number", "code-name")
      for surface in ("surface", "paper")),
    ("accent-strong", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("surface", "bad"),
    ("paper", "ink"),
    ("ink", "term-bg"),
    ("ink-soft", "term-bg"),
    ("term-fg", "term-bg"),
    *((f"term-{bright}{colour}", "term-bg") for bright in ("", "bright-")
      for colour in ("red", "green", "yellow", "blue", "magenta", "cyan", "white")),
]  # fmt: skip


def scheme(name):
    """The tokens of "light" or "dark" that are plain colours."""
    matches = re.findall(
        r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", TOKENS.read_text()
    )
    return {token: day if name == "light" else night for token, day, night in matches}


def luminance(colour):
    """Relative luminance of "#rrggbb", as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first, other):
    lighter, darker = sorted((luminance(first), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_can_be_read(name):
    colours = scheme(name)
    contrasts = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in PAIRS}
    assert {pair: round(value, 2) for pair, value in contrasts.items() if value < 4.5} == {}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_edges_of_fields_can_be_seen(name):
    colours = scheme(name)
    for surface in ("paper", "surface"):
        assert contrast(colours["line-strong"], colours[surface]) >= 3
