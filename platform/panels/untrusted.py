"""Read what a machine says: any type may stand anywhere, and everything is bounded.

Panels get nothing of a machine that has not come through here. A text has no control characters
that a page could obey, no halves of characters that JSON carries and message packs do not, and a
number is one that browsers can read.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

TEXT_CHARS = 200
# The largest whole number that a browser keeps exactly.
NUMBER_MAX = 2**53 - 1
# C0, DEL and C1; signs that turn the direction of what follows; and halves of characters.
UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]"
)
PICTURES = 0x2400  # ␀, the picture of the first control character
REPLACEMENT = "\ufffd"


def text(value: Any, chars: int = TEXT_CHARS) -> str:
    """Return a text of bounded length; "" where there is none.

    Control characters are shown by their pictures (␛ for escape).
    """
    return UNSAFE.sub(_picture, value[:chars]) if isinstance(value, str) else ""


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return chr(PICTURES + code) if code < 0x20 else REPLACEMENT


def number(value: Any) -> float:
    """Return a number of 0 or more that browsers can read; 0 where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return min(value, NUMBER_MAX) if value > 0 else 0  # not for NaN


def whole(value: Any) -> int:
    """Return a whole number of 0 or more; 0 where there is none."""
    return int(number(value))


def record(value: Any) -> dict[str, Any]:
    """Return an object of JSON; an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def items(value: Any, most: int | None = None) -> list[Any]:
    """Return the first of a list; nothing where there is none."""
    return value[:most] if isinstance(value, list) else []


def describe_some(
    rows: Iterable[Any], describe: Callable[[dict[str, Any]], dict[str, Any]], *, chars: int
) -> list[dict[str, Any]]:
    """Describe the objects among these, as many as fit into so many characters of JSON."""
    described = []
    for row in rows:
        if isinstance(row, dict):
            description = describe(row)
            chars -= len(json.dumps(description))
            if chars < 0:
                break
            described.append(description)
    return described
