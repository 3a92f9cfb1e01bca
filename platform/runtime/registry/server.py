"""The gate's two HTTP servers on unix sockets: one that nginx asks before every request and that answers what the
registry itself is not to answer, and one for the platform's commands, which nothing leads to from outside."""

import contextlib
import http.client
import json
import socket
import socketserver
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from . import rules, words
from .state import State
from .storage import MANIFEST_BYTES, digests_in
from .tokens import SHARED_OWNERS, Claims, from_basic

API = "registry/2.0"
REALM = 'Basic realm="Drydock registry"'
PLAIN, JSON = "text/plain; charset=utf-8", "application/json"
# What of the registry's own answer to a manifest is passed on.
PASSED_ON = ("Location", "Docker-Content-Digest")


class Answer(NamedTuple):
    """What is said; `headers` besides the usual ones."""

    status: int
    kind: str = PLAIN
    body: str = ""
    headers: Mapping[str, str] = MappingProxyType({})


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One thread a request; `answer` takes the handler and returns what to say."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: Path, answer: Callable[["Handler"], Answer]) -> None:
        path.unlink(missing_ok=True)
        self.answer = answer
        super().__init__(str(path), Handler)


class Handler(BaseHTTPRequestHandler):
    """Any method goes to the server's `answer`."""

    server: UnixServer

    def do_GET(self) -> None:
        answer = self.server.answer(self)
        raw = answer.body.encode()
        self.send_response(answer.status)
        more = {"WWW-Authenticate": REALM} if answer.status == 401 else {}
        length = {"Content-Type": answer.kind, "Content-Length": str(len(raw))}
        for name, value in {**length, "Docker-Distribution-Api-Version": API, **more, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if raw and self.command != "HEAD":
            self.wfile.write(raw)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  http.server looks for these names

    def body(self, most: int) -> bytes | None:
        """The request's body; None when it is larger or does not say how large it is."""
        length = self.headers.get("Content-Length", "")
        return self.rfile.read(int(length)) if length.isdigit() and int(length) <= most else None

    def address_string(self) -> str:
        return "-"  # a unix socket's peer has none

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """One line a request would be several a second."""


class Gate:
    """What is said to clients of the registry."""

    def __init__(self, state: State, key: bytes, registry: Path) -> None:
        """`registry` is docker-registry's socket."""
        self.state, self.key, self.registry = state, key, registry

    def answer(self, request: Handler) -> Answer:
        who = from_basic(request.headers.get("Authorization", ""), self.key)
        if request.path == "/check":
            return self._check(request, who) if who else Answer(401)
        if who is None:
            return Answer(401, JSON, error("UNAUTHORIZED", "the registry answers only to machines of this platform"))
        method, path = request.command, urlsplit(request.path).path
        if path == "/v2/_catalog" and method in rules.READS:
            return Answer(200, JSON, json.dumps({"repositories": self._catalogue(who)}) + "\n")
        if method in ("PUT", "DELETE"):
            return self._change(request, who)
        return self._own(method, request.path, who)

    def _check(self, request: Handler, who: Claims) -> Answer:
        """nginx's question: the request's method and address are in two headers. It reads no body of the answer."""
        decision = rules.decide(request.headers.get("X-Method", ""), request.headers.get("X-Uri", ""), who, self.state)
        return Answer(200) if decision.status == 200 else Answer(403, headers={"X-Why": decision.why})

    def _catalogue(self, who: Claims) -> list[str]:
        names = (one.name for one in self.state.storage.repositories() if one.revisions)
        return sorted(name for name in names if rules.may_pull(who, name, self.state))

    def _change(self, request: Handler, who: Claims) -> Answer:
        """A manifest comes or goes."""
        decision, to = rules.decide(request.command, request.path, who, self.state), rules.route(request.path)
        if decision.status != 200 or to is None:
            return Answer(403, JSON, error("DENIED", decision.why))
        if not to.manifest:
            return Answer(405, JSON, error("UNSUPPORTED", "delete a tag or a manifest; its layers go with it"))
        return self._put(request, to, who) if request.command == "PUT" else self._delete(to)

    def _delete(self, to: rules.Route) -> Answer:
        if self.state.delete(to.repository, to.manifest):
            return Answer(202)
        return Answer(404, JSON, error("MANIFEST_UNKNOWN", "there is no such image"))

    def _put(self, request: Handler, to: rules.Route, who: Claims) -> Answer:
        """Only the manifest says what belongs to an image, so the quota is decided here."""
        body = request.body(MANIFEST_BYTES)
        if body is None:
            return Answer(413, JSON, error("MANIFEST_INVALID", "the manifest is too large"))
        if why := self.state.refuse_image(to.repository, references_of(body)):
            return Answer(403, JSON, error("DENIED", why))
        answer = self._registry_put(request, body)
        if answer.status == 201:
            self.state.note_push(to.repository, who.course)
        return answer

    def _registry_put(self, request: Handler, body: bytes) -> Answer:
        headers = {"Content-Type": request.headers.get("Content-Type", ""), "Host": request.headers.get("Host", "")}
        status, found, said = ask_unix(self.registry, "PUT", request.path, body, headers)
        kept = {name: found[name] for name in PASSED_ON if name in found}
        return Answer(status, found.get("Content-Type", PLAIN), said, kept)

    def _own(self, method: str, uri: str, who: Claims) -> Answer:
        """What the `registry` command in a machine asks: `/me` lists, `/me/delete?image=NAME:TAG` deletes."""
        parts = urlsplit(uri)
        if parts.path == "/me" and method in rules.READS:
            storage, quota = self.state.storage, self.state.bounds.owner_bytes
            text = words.listing(who.name, storage.listing(who.name), storage.used(who.name), quota)
            return Answer(200, PLAIN, text)
        if parts.path == "/me/delete" and method == "POST":
            return self._delete_image(parse_qs(parts.query).get("image", [""])[-1], who)
        return Answer(404, JSON, error("UNSUPPORTED", "there is no such address in the registry"))

    def _delete_image(self, image: str, who: Claims) -> Answer:
        name, reference = words.parse_image(image, who.name)
        to = rules.Route(name, reference)
        if not rules.NAME.fullmatch(name) or not rules.may_push(who, to):
            return Answer(403, PLAIN, f"{image} is not yours to delete\n")
        state = self.state
        done = state.delete(name, reference) if reference else state.delete_repository(name)
        return Answer(200, PLAIN, f"deleted {name}\n") if done else Answer(404, PLAIN, f"there is no {image}\n")


class Admin:
    """What is said to the platform, over `docker exec` (see __main__.py): JSON always."""

    def __init__(self, state: State) -> None:
        self.state = state

    def answer(self, request: Handler) -> Answer:
        parts = urlsplit(request.path)
        given = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        owner, name = given.get("owner", ""), given.get("name", "")
        actions: dict[str, Callable[[], object]] = {
            "/collect": lambda: {"freed": self.state.collect(), "total": self.state.storage.total()},
            "/owners": lambda: {"owners": [one for one in self.state.storage.owners() if one not in SHARED_OWNERS]},
            "/usage": lambda: {"used": self.state.storage.used(owner), "quota": self.state.bounds.owner_bytes},
            "/forget": lambda: self.state.forget(owner),
            "/image": lambda: (
                self.state.storage.describe(name, given.get("tag", "")) if rules.NAME.fullmatch(name) else {}
            ),
        }
        action = actions.get(parts.path)
        return Answer(200, JSON, json.dumps(action())) if action else Answer(404, JSON, "{}")


def error(code: str, message: str) -> str:
    """An error as registries write them; Docker prints `<code in lower case>: <message>`."""
    return json.dumps({"errors": [{"code": code, "message": message, "detail": None}]}) + "\n"


def references_of(body: bytes) -> set[str]:
    """The digests in a manifest as it was sent; none in what is no manifest, which the registry refuses."""
    try:
        return digests_in(json.loads(body))
    except ValueError:
        return set()


def ask_unix(
    path: Path, method: str, uri: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, Mapping[str, str], str]:
    """An HTTP request to a unix socket: status, headers and body of the answer. Raises OSError."""
    connection = http.client.HTTPConnection("localhost", timeout=60)
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as connection.sock:
        connection.sock.connect(str(path))
        connection.request(method, uri, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode(errors="replace")
