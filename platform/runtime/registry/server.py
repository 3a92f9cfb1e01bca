"""Serve the gate's two HTTP servers on unix sockets.

nginx asks the one before every request, and it answers what the registry itself is not to answer.
The other is for the platform's commands; nothing leads to it from outside.
"""

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

from . import messages, rules
from .pushes import PushLog
from .state import State
from .storage import MANIFEST_BYTES, digests_in
from .tokens import SHARED_OWNERS, Claims, from_basic

API = "registry/2.0"
REALM = 'Basic realm="Drydock registry"'
PLAIN, JSON = "text/plain; charset=utf-8", "application/json"
# What of the registry's own answer to a manifest is passed on.
FORWARDED_HEADERS = ("Location", "Docker-Content-Digest")


class GateResponse(NamedTuple):
    """Answer a request; `headers` come besides the usual ones."""

    status: int
    content_type: str = PLAIN
    body: str = ""
    headers: Mapping[str, str] = MappingProxyType({})


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serve each request in a thread; `answer` takes the handler and returns the response."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: Path, answer: Callable[["Handler"], GateResponse]) -> None:
        path.unlink(missing_ok=True)
        self.answer = answer
        super().__init__(str(path), Handler)


class Handler(BaseHTTPRequestHandler):
    """Pass any method to the server's `answer`."""

    server: UnixServer

    def do_GET(self) -> None:
        response = self.server.answer(self)
        raw = response.body.encode()
        self.send_response(response.status)
        more = {"WWW-Authenticate": REALM} if response.status == 401 else {}
        length = {"Content-Type": response.content_type, "Content-Length": str(len(raw))}
        for name, value in {
            **length,
            "Docker-Distribution-Api-Version": API,
            **more,
            **response.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if raw and self.command != "HEAD":
            self.wfile.write(raw)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815  http.server looks for these names

    def body(self, max_bytes: int) -> bytes | None:
        """Return the request's body.

        None when it is larger than `max_bytes` or does not say how large it is.
        """
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > max_bytes:
            return None
        return self.rfile.read(int(length))

    def address_string(self) -> str:
        return "-"  # a unix socket's peer has none

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Log nothing: one line a request would be several a second."""


class Gate:
    """Answer clients of the registry."""

    def __init__(self, state: State, key: bytes, registry: Path, pushes: PushLog) -> None:
        """Answer by this state and key; `registry` is docker-registry's socket."""
        self.state, self.key, self.registry, self.pushes = state, key, registry, pushes

    def answer(self, request: Handler) -> GateResponse:
        claims = from_basic(request.headers.get("Authorization", ""), self.key)
        if request.path == "/check":
            return self.check(request, claims) if claims else GateResponse(401)
        if claims is None:
            message = "the registry answers only to machines of this platform"
            return refusal(401, "UNAUTHORIZED", message)
        method, path = request.command, urlsplit(request.path).path
        if path == "/v2/_catalog" and method in rules.READS:
            repositories = self.state.storage.repositories()
            pushed = [repository.name for repository in repositories if repository.revisions]
            names = sorted(name for name in pushed if rules.may_pull(claims, name, self.state))
            return GateResponse(200, JSON, json.dumps({"repositories": names}) + "\n")
        if method in ("PUT", "DELETE"):
            return self.change_manifest(request, claims)
        return self.answer_command(method, request.path, claims)

    def check(self, request: Handler, claims: Claims) -> GateResponse:
        """Answer nginx's question; the request's method and address are in two headers.

        nginx reads no body of the answer.
        """
        method, uri = request.headers.get("X-Method", ""), request.headers.get("X-Uri", "")
        decision = rules.decide(method, uri, claims, self.state)
        if decision.status == 200:
            self.pushes.note_request(method, uri)
            return GateResponse(200)
        return GateResponse(403, headers={"X-Why": decision.reason})

    def change_manifest(self, request: Handler, claims: Claims) -> GateResponse:
        """Decide about a manifest that comes or goes."""
        decision = rules.decide(request.command, request.path, claims, self.state)
        target = rules.route(request.path)
        if decision.status != 200 or target is None:
            return refusal(403, "DENIED", decision.reason)
        if not target.manifest:
            message = "delete a tag or a manifest; its layers go with it"
            return refusal(405, "UNSUPPORTED", message)
        if request.command == "PUT":
            return self.put_manifest(request, target, claims)
        if self.state.delete(target.repository, target.manifest):
            return GateResponse(202)
        return refusal(404, "MANIFEST_UNKNOWN", "there is no such image")

    def put_manifest(self, request: Handler, target: rules.Route, claims: Claims) -> GateResponse:
        """Pass a manifest on to docker-registry, if its image fits into the quota.

        Only the manifest says what belongs to an image, so the quota is decided here.
        """
        body = request.body(MANIFEST_BYTES)
        if body is None:
            return refusal(413, "MANIFEST_INVALID", "the manifest is too large")
        if reason := self.state.refuse_image(target.repository, references_of(body)):
            return refusal(403, "DENIED", reason)
        headers = {name: request.headers.get(name, "") for name in ("Content-Type", "Host")}
        status, response, text = ask_unix(self.registry, "PUT", request.path, body, headers)
        if status == 201:
            self.state.note_push(target.repository, claims.course)
            self.pushes.note_manifest(claims.name, target, body, self.state.storage.blob_bytes)
        forwarded = {name: response[name] for name in FORWARDED_HEADERS if name in response}
        return GateResponse(status, response.get("Content-Type", PLAIN), text, forwarded)

    def answer_command(self, method: str, uri: str, claims: Claims) -> GateResponse:
        """Answer the `registry` command: `/me` lists, `/me/delete?image=NAME:TAG` deletes."""
        parts, storage = urlsplit(uri), self.state.storage
        if parts.path == "/me" and method in rules.READS:
            images, used = storage.listing(claims.name), storage.used(claims.name)
            quota = self.state.bounds.owner_bytes
            return GateResponse(200, PLAIN, messages.listing(claims.name, images, used, quota))
        if parts.path == "/me/delete" and method == "POST":
            return self.delete_image(parse_qs(parts.query).get("image", [""])[-1], claims)
        return refusal(404, "UNSUPPORTED", "there is no such address in the registry")

    def delete_image(self, image: str, claims: Claims) -> GateResponse:
        name, reference = messages.parse_image(image, claims.name)
        target, state = rules.Route(name, reference), self.state
        if not rules.NAME.fullmatch(name) or not rules.may_push(claims, target):
            return GateResponse(403, PLAIN, f"{image} is not yours to delete\n")
        deleted = state.delete(name, reference) if reference else state.delete_repository(name)
        if deleted:
            return GateResponse(200, PLAIN, f"deleted {name}\n")
        return GateResponse(404, PLAIN, f"there is no {image}\n")


class Admin:
    """Answer the platform, over `docker exec` (see __main__.py): JSON always."""

    def __init__(self, state: State, pushes: PushLog) -> None:
        self.state, self.pushes = state, pushes

    def answer(self, request: Handler) -> GateResponse:
        parts = urlsplit(request.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        owner, name = query.get("owner", ""), query.get("name", "")
        state, storage = self.state, self.state.storage

        def owners() -> list[str]:
            return [folder for folder in storage.owners() if folder not in SHARED_OWNERS]

        def image() -> dict[str, object]:
            valid = rules.NAME.fullmatch(name)
            return storage.describe(name, query.get("tag", "")) if valid else {}

        def forget() -> None:
            self.pushes.forget(owner)
            state.forget(owner)

        quota = state.bounds.owner_bytes
        actions: dict[str, Callable[[], object]] = {
            "/collect": lambda: {"freed": state.collect(), "total": storage.total()},
            "/owners": lambda: {"owners": owners()},
            "/usage": lambda: {"used": storage.used(owner), "quota": quota},
            "/forget": forget,
            "/pushes": lambda: {"pushes": self.pushes.of(owner)},
            "/image": image,
        }
        if action := actions.get(parts.path):
            return GateResponse(200, JSON, json.dumps(action()))
        return GateResponse(404, JSON, "{}")


def refusal(status: int, code: str, message: str) -> GateResponse:
    """Refuse as registries do; Docker prints `<code in lower case>: <message>`."""
    errors = {"errors": [{"code": code, "message": message, "detail": None}]}
    return GateResponse(status, JSON, json.dumps(errors) + "\n")


def references_of(body: bytes) -> set[str]:
    """Return the digests in a manifest as it was sent.

    There are none in a body that isn't a manifest; the registry refuses it.
    """
    try:
        return digests_in(json.loads(body))
    except ValueError:
        return set()


def ask_unix(
    path: Path, method: str, uri: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, Mapping[str, str], str]:
    """Send an HTTP request to a unix socket; return status, headers and body of the answer.

    Raises OSError.
    """
    connection = http.client.HTTPConnection("localhost", timeout=60)
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as connection.sock:
        connection.sock.connect(str(path))
        connection.request(method, uri, body, dict(headers))
        response = connection.getresponse()
        return (
            response.status,
            dict(response.getheaders()),
            response.read().decode(errors="replace"),
        )
