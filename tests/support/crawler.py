"""Visit a site as one of its people would: every route, and every link of every page."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

# An address, also of a picture or a script; what a form sends to is visited as a route.
LINK = re.compile(r"""<(?:a|img|script|link|source)\b[^>]*?\b(?:href|src)="([^"]*)\"""")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>")


@dataclass(frozen=True)
class Route:
    """A pattern of the URL configuration, in full, such as `courses/<slug:course>/`."""

    pattern: str
    name: str

    @property
    def parameters(self) -> list[str]:
        """Return the names in the pattern, in order."""
        return [first or second for first, second in PARAMETER.findall(self.pattern)]

    def path(self, values: dict[str, Any]) -> str:
        """Return the address with values in place. Raises KeyError for one that is missing."""
        text = self.pattern
        for name in self.parameters:
            hole = rf"<(?:\w+:)?{name}>|\(\?P<{name}>[^)]*\)"
            text = re.sub(hole, str(values[name]), text)
        return "/" + re.sub(r"[\^$]", "", text).replace("\\", "")


def routes(
    patterns: list[URLPattern | URLResolver] | None = None, prefix: str = ""
) -> Iterator[Route]:
    """Yield every route of the product."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry.url_patterns, pattern)
        else:
            yield Route(pattern, entry.name or "")


def links_of(answer: HttpResponse, base: str) -> Iterator[str]:
    """Yield the addresses on this site that a page leads to."""
    if not answer.get("Content-Type", "").startswith("text/html") or answer.streaming:
        return
    for link in LINK.findall(answer.content.decode()):
        parts = urlsplit(urljoin(base, urldefrag(unescape(link)).url))
        if parts.scheme in ("", "http") and parts.netloc in ("", "testserver"):
            yield parts.path + (f"?{parts.query}" if parts.query else "")


@dataclass
class Crawl:
    """Follow links from page to page; `faults` says which answers were none, and what led there.

    Of a page's links with a query the next page's are not followed: lists that sort and filter
    would have no end.
    """

    client: Client
    leave_out: tuple[str, ...] = ()
    visited: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def run(self, start: str) -> None:
        """Visit everything that can be reached from a page."""
        waiting = deque([(start, "")])
        while waiting:
            path, origin = waiting.popleft()
            if path in self.visited or path.startswith(self.leave_out):
                continue
            self.visited.add(path)
            answer = self.client.get(path)
            if answer.status_code >= 400:
                self.faults.append(f"{answer.status_code} {path} (from {origin})")
            elif answer.status_code in (301, 302):
                waiting.append((urljoin(path, answer["Location"]), origin))
            for link in links_of(answer, path):
                if "?" not in path or "?" not in link:
                    waiting.append((link, path))
