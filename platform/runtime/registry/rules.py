"""Decide who may do what in the registry.

`decide` is the whole of it, and pure but for what it asks of storage. Push: below one's own name;
who teaches also below `course/`. Pull: one's own, `course/` and `library/`, and what was pushed
from a sandbox of the same course; who teaches, everything. The text of a refusal is printed by the
student's Docker.
"""

import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs

from .tokens import COURSE_OWNER, SHARED_OWNERS, Claims

# The grammar of names is distribution's (reference/regexp.go). Nothing else passes, so no path
# means one thing here and another thing to the registry.
COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
NAME = re.compile(rf"{COMPONENT}(?:/{COMPONENT})*")
ROUTE = re.compile(
    rf"/v2/(?P<name>{COMPONENT}(?:/{COMPONENT})*)/"
    r"(?P<what>manifests/(?P<reference>[A-Za-z0-9_.:+-]{1,200})|tags/list|blobs/uploads/?(?P<upload>[A-Za-z0-9_=-]*)"
    r"|blobs/(?P<blob>[A-Za-z0-9_.:+-]{1,200}))"
)
READS = ("GET", "HEAD")
WRITES = ("POST", "PUT", "PATCH", "DELETE")
NAME_BYTES = 255


@dataclass(frozen=True)
class Route:
    """Say what a request is about.

    `manifest` is a tag or digest, "" for anything else; `source` the repository that a blob is to
    be mounted from.
    """

    repository: str
    manifest: str = ""
    source: str = ""

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]


@dataclass(frozen=True)
class Decision:
    """Hold a status and its reason.

    The status is 200, 403, or 404 for an address that the registry does not have.
    """

    status: int
    reason: str = ""


YES = Decision(200)
NO_ADDRESS = Decision(404, "there is no such address in the registry")


class Facts(Protocol):
    """Look up facts for `decide`."""

    def courses_of(self, repository: str) -> set[str]:
        """Return the courses from which a repository was pushed to."""
        ...

    def full(self, owner: str) -> str:
        """Return "" while an owner may upload, as of a moment ago; else why not."""
        ...


def route(uri: str) -> Route | None:
    """Parse a request's address, as the client sent it.

    None when it is none of a repository's.
    """
    path, _, query = uri.partition("?")
    match = ROUTE.fullmatch(re.sub("%3a", ":", path, flags=re.IGNORECASE))
    if not match or len(match["name"]) > NAME_BYTES:
        return None
    source = parse_qs(query).get("from", [""])[-1]
    return Route(match["name"], match["reference"] or "", source)


def decide(method: str, uri: str, claims: Claims, facts: Facts) -> Decision:
    """Decide whether the bearer of the claims may make this request."""
    if uri.partition("?")[0] in ("/v2/", "/v2", "/v2/_catalog"):
        return YES if method in READS else NO_ADDRESS
    target = route(uri)
    if target is None or method not in READS + WRITES:
        return NO_ADDRESS
    if method in READS:
        return YES if may_pull(claims, target.repository, facts) else not_yours(target.repository)
    return decide_write(method, target, claims, facts)


def decide_write(method: str, target: Route, claims: Claims, facts: Facts) -> Decision:
    if not may_push(claims, target):
        own = f"registry:5000/{claims.name}/"
        return Decision(403, f"you may push only below {own}, as in {own}app")
    source = target.source
    if source and not (NAME.fullmatch(source) and may_pull(claims, source, facts)):
        return not_yours(source)
    reason = "" if method == "DELETE" else facts.full(target.owner)
    return Decision(403, reason) if reason else YES


def may_push(claims: Claims, target: Route) -> bool:
    """Whether the bearer may push there. A name alone (`registry:5000/app`) belongs to nobody."""
    own = target.owner == claims.name or (claims.teaches and target.owner == COURSE_OWNER)
    return own and "/" in target.repository


def may_pull(claims: Claims, repository: str, facts: Facts) -> bool:
    owner = repository.partition("/")[0]
    if claims.teaches or owner == claims.name or owner in SHARED_OWNERS:
        return True
    return claims.course in facts.courses_of(repository)


def not_yours(repository: str) -> Decision:
    """Refuse in the same words whether the repository exists or not."""
    safe = repository if NAME.fullmatch(repository) else "this"
    return Decision(403, f"{safe} is not in your course, or does not exist")
