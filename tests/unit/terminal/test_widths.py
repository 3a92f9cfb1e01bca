"""Page and machine count the same cells: the page's widths against glibc's wcwidth, by which bash
moves its cursor."""

import ctypes
import json
import locale
import platform
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.paths import ROOT

NODE = shutil.which("node")
UNASSIGNED = -1
SURROGATES = range(0xD800, 0xE000)
# Each in words of Unicode: what people paste, and what terminals are known to disagree about.
TEXTS = {
    "a heart with a variation selector": "❤️❤️ab",
    "a heart as text": "❤︎",
    "a flag": "🇳🇴",
    "half a flag": "🇳",
    "a flag of tags": "🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "a family joined": "👨‍👩‍👧‍👦",
    "an astronaut joined": "👩‍🚀",
    "a skin tone": "👍🏽",
    "a skin tone alone": "🏽",
    "a keycap": "1️⃣",
    "emoji of 2019 to 2021": "🪀🦤🫠",
    "a ship": "🚢",
    "an anchor": "⚓",
    "a check mark": "✔️✔✅",
    "ideographs": "漢字",
    "kana with a voiced mark": "か\u3099",
    "kana of half width": "ｱｲｳ",
    "letters of full width": "ＡＢ",
    "Hangul": "한글",
    "Hangul in pieces": "\u1112\u1161\u11ab",
    "ambiguous": "°±×÷§¶αβγЖ①②─│┌■●○★☆→←↑↓",
    "boxes and blocks": "┌─┐│█░▒▓",
    "é composed": "é",
    "é of two": "e\u0301",
    "a stack of marks": "a\u0300\u0301\u0302\u0303",
    "Devanagari": "नमस्ते",
    "Thai": "สวัสดี",
    "Arabic": "مرحبا",
    "Hebrew with points": "שָׁלוֹם",
    "Tamil": "நிலை",
    "a joiner alone": "\u200d",
    "spaces of no width": "a\u200bb\ufeffc",
    "a soft hyphen": "a\u00adb",
    "directions": "a\u200eb\u202ec\u2066d",
    "typography": "„“‘’–—…•€™",
    "powerline": "\ue0b0\ue0b2",
    "braille": "⠿⣿",
    "hexagram": "䷀",
    "mahjong and cards": "🀄🃏🀀🂡",
}

pytestmark = pytest.mark.skipif(
    NODE is None or platform.libc_ver()[0] != "glibc", reason="node or glibc is missing"
)


@pytest.fixture(scope="module")
def libc() -> Iterator[ctypes.CDLL]:
    """Speak UTF-8 as machines do."""
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    yield ctypes.CDLL(None)
    locale.setlocale(locale.LC_CTYPE, before)


def page_cells(texts: list[str]) -> list[int]:
    done = subprocess.run(
        [str(NODE), str(ROOT / "tests/support/terminal/page_widths.mjs")],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


@pytest.mark.parametrize("name", TEXTS)
def test_texts_take_as_many_cells_on_the_page_as_in_the_machine(
    libc: ctypes.CDLL, name: str
) -> None:
    text = TEXTS[name]
    (cells,) = page_cells([text])
    assert cells == sum(libc.wcwidth(ctypes.c_int(ord(character))) for character in text)


def test_every_code_point_has_the_same_width(libc: ctypes.CDLL) -> None:
    """All that glibc knows; what Unicode has added since is the page's to guess."""
    points = [point for point in range(0xA0, 0x110000) if point not in SURROGATES]
    widths = {point: libc.wcwidth(ctypes.c_int(point)) for point in points}
    known = [point for point in points if widths[point] != UNASSIGNED]
    assert len(known) > 100_000
    cells = page_cells([f"x{chr(point)}" for point in known])
    different = [
        f"U+{point:04X}: machine {widths[point]}, page {count - 1}"
        for point, count in zip(known, cells, strict=True)
        if widths[point] != count - 1
    ]
    assert different == []
