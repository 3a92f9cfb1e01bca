"""Check what a page sends to be done: it becomes part of a path of the engine's API."""

import re

from django.utils.translation import gettext as _

from panels.base import Arguments
from panels.errors import PanelRefused

HEX_ID = re.compile(r"[0-9a-f]{12,64}")
IMAGE_ID = re.compile(r"sha256:[0-9a-f]{64}")
# moby, daemon/names/names.go
OBJECT_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}")
# distribution/reference: a registry's host and port, path components, a tag.
HOST = r"[a-zA-Z0-9][a-zA-Z0-9.-]*(:[0-9]{1,5})?/"
COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
IMAGE_NAME = re.compile(rf"(?:{HOST})?{COMPONENT}(?:/{COMPONENT})*:\w[\w.-]{{0,127}}", re.ASCII)
NAME_CHARS = 400


def read_argument(arguments: Arguments, field: str, *patterns: re.Pattern[str]) -> str:
    """Return a text that one of the patterns matches as a whole. Raises PanelRefused."""
    value = arguments.get(field)
    text = value if isinstance(value, str) else ""
    if len(text) <= NAME_CHARS and any(pattern.fullmatch(text) for pattern in patterns):
        return text
    raise PanelRefused(_("That is no name that Docker gives to anything."))
