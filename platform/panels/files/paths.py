"""Carry paths, which may be any bytes but NUL, as text that JSON and every browser can hold.

What is UTF-8 stays as it is. A byte that is none becomes a character of a private area, U+F780 to
U+F7FF, and so do the three bytes of each of these characters: every name has one text, and every
text leads back to its name.
"""

import re

from django.utils.translation import gettext as _

from panels.base import Arguments
from panels.errors import PanelRefused

PATH_BYTES = 4000  # the kernel's limit is 4,096 with the NUL
ESCAPED = 0xF700  # and the byte
SURROGATE = 0xDC00  # and the byte: Python's "surrogateescape"
_RESERVED = re.compile("[\uf780-\uf7ff]")


def text_of(name: bytes) -> str:
    """Return a name as text."""
    text = name.decode(errors="surrogateescape")
    text = _RESERVED.sub(lambda match: "".join(map(escape, match[0].encode())), text)
    return re.sub("[\udc80-\udcff]", lambda match: escape(ord(match[0]) - SURROGATE), text)


def escape(byte: int) -> str:
    return chr(ESCAPED + byte)


def bytes_of(text: str) -> bytes:
    """Return the name that a text stands for. Raises UnicodeEncodeError."""
    return b"".join(
        bytes([ord(part) - ESCAPED]) if _RESERVED.fullmatch(part) else part.encode()
        for part in re.split("([\uf780-\uf7ff])", text)
    )


def read_path(arguments: Arguments, field: str = "path") -> bytes:
    """Return an absolute path of an action's arguments. Raises PanelRefused."""
    return parse_path(arguments.get(field))


def parse_path(value: object) -> bytes:
    """Check a path that a page has sent. Raises PanelRefused."""
    try:
        path = bytes_of(value) if isinstance(value, str) else b""
    except UnicodeEncodeError:
        path = b""
    if not path.startswith(b"/") or b"\0" in path:
        raise PanelRefused(_("A path begins with / and is text."))
    if b".." in path.split(b"/"):
        raise PanelRefused(_("A path has no .. in it."))
    if len(path) > PATH_BYTES:
        raise PanelRefused(_("The name is too long."))
    return path
