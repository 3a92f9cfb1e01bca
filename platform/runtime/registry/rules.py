"""Who may do what in the registry. Pure but for what it asks of storage; `decide` is the whole of it.

Push: below one's own name; who teaches also below `course/`. Pull: one's own, `course/` and `library/`, and what was
pushed from a sandbox of the same course; who teaches, everything. The words of a refusal are printed by the student's
Docker.
"""

import re
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs

from .tokens import COURSE_OWNER, SHARED_OWNERS, Claims

# The grammar of names is distribution's (reference/regexp.go); nothing else passes, so no path means one thing here and
# another thing to the registry.
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
    """What a request is about. `manifest` is a tag or digest, "" for anything else; `source` the repository that a blob
    is to be mounted from."""

    repository: str
    manifest: str = ""
    source: str = ""

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]


@dataclass(frozen=True)
class Decision:
    """200, or 403 with the reason, or 404 for what is no address of the registry's."""

    status: int
    why: str = ""


YES = Decision(200)
NO_ADDRESS = Decision(404, "there is no such address in the registry")


class Facts(Protocol):
    """What `decide` asks about the registry as it is."""

    def courses_of(self, repository: str) -> set[str]:
        """The courses from which a repository was pushed to."""
        ...

    def full(self, owner: str) -> str:
        """ "" while an owner may upload, as of a moment ago; else why not."""
        ...


def route(uri: str) -> Route | None:
    """Parse a request's address, as the client sent it; None when it is none of a repository's."""
    path, _, query = uri.partition("?")
    found = ROUTE.fullmatch(re.sub("%3a", ":", path, flags=re.IGNORECASE))
    if not found or len(found["name"]) > NAME_BYTES:
        return None
    source = parse_qs(query).get("from", [""])[-1]
    return Route(found["name"], found["reference"] or "", source)


def decide(method: str, uri: str, who: Claims, facts: Facts) -> Decision:
    """Whether `who` may do this."""
    if uri.partition("?")[0] in ("/v2/", "/v2", "/v2/_catalog"):
        return YES if method in READS else NO_ADDRESS
    to = route(uri)
    if to is None or method not in READS + WRITES:
        return NO_ADDRESS
    if method in READS:
        return YES if may_pull(who, to.repository, facts) else _not_yours(to.repository)
    return _decide_write(method, to, who, facts)


def _decide_write(method: str, to: Route, who: Claims, facts: Facts) -> Decision:
    if not may_push(who, to):
        return Decision(403, f"you may push only below registry:5000/{who.name}/, as in registry:5000/{who.name}/app")
    if to.source and not (NAME.fullmatch(to.source) and may_pull(who, to.source, facts)):
        return _not_yours(to.source)
    why = "" if method == "DELETE" else facts.full(to.owner)
    return Decision(403, why) if why else YES


def may_push(who: Claims, to: Route) -> bool:
    """A name alone (`registry:5000/app`) belongs to nobody."""
    mine = to.owner == who.name or (who.teaches and to.owner == COURSE_OWNER)
    return mine and "/" in to.repository


def may_pull(who: Claims, repository: str, facts: Facts) -> bool:
    owner = repository.partition("/")[0]
    if who.teaches or owner == who.name or owner in SHARED_OWNERS:
        return True
    return who.course in facts.courses_of(repository)


def _not_yours(repository: str) -> Decision:
    """The same words whether it exists or not."""
    safe = repository if NAME.fullmatch(repository) else "this"
    return Decision(403, f"{safe} is not in your course, or does not exist")
