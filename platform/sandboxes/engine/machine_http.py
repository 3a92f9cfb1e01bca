"""HTTP over a unix socket in a machine: how the platform speaks to a student's own Docker engine without trusting any
program of theirs. What answers may still be theirs: sizes and times are bounded, and the content is theirs to say.
"""

import http.client
import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from sandboxes.engine.interface import Connection, SandboxEngine
from sandboxes.errors import EngineError

MAX_ANSWER = 1024 * 1024
MAX_LINE = 64 * 1024


@dataclass(frozen=True)
class HttpResponse:
    """One HTTP answer."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Raises EngineError for anything else than JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise EngineError("the machine's server answered with something else than JSON") from error


def request(
    engine: SandboxEngine,
    container_id: str,
    socket: str,
    path: str,
    *,
    method: str = "GET",
    body: dict[str, Any] | None = None,
    wait_seconds: float = 0.0,
    seconds: float = 10.0,
    max_bytes: int = MAX_ANSWER,
) -> HttpResponse:
    """One request and its whole answer. `wait_seconds` is for the socket to appear, `seconds` for everything.
    Raises EngineError: no server, too slow, too long, no HTTP."""
    end = time.monotonic() + seconds
    connection = engine.open_connection(container_id, socket, wait_seconds=wait_seconds)
    try:
        connection.send(_request(method, path, body))
        return _answer(_read_all(connection, end, max_bytes))
    except TimeoutError:
        raise EngineError(f"the machine's server did not answer {path} within {seconds:g} s") from None
    finally:
        connection.close()


def stream_lines(
    engine: SandboxEngine, container_id: str, socket: str, path: str, *, idle_seconds: float = 30.0
) -> Iterator[bytes]:
    """The lines of an answer that goes on (`/events`, logs), each without its end; b"" whenever nothing has come for
    `idle_seconds`, so that the caller can look whether it still wants more. Ends with the server's answer.
    Raises EngineError: no server, another status than 200, a line that is too long. Close the iterator to hang up."""
    connection = engine.open_connection(container_id, socket)
    try:
        connection.send(_request("GET", path, None))
        rest = _read_head(connection, idle_seconds)
        while True:
            *lines, rest = rest.split(b"\n")
            yield from (line for line in lines if line)
            if len(rest) > MAX_LINE:
                raise EngineError("the machine's server sent a line that is too long")
            try:
                more = connection.receive(idle_seconds)
            except TimeoutError:
                yield b""
                continue
            if not more:
                return
            rest += more
    finally:
        connection.close()


class HttpSession:
    """Several requests on one connection, of which the caller closes the connection. `seconds` are for all of them."""

    def __init__(self, connection: Connection, *, seconds: float = 10.0, max_bytes: int = MAX_ANSWER) -> None:
        self._line = _Line(connection, time.monotonic() + seconds)
        self._max_bytes = max_bytes

    def get(self, path: str) -> HttpResponse:
        """Raises EngineError: too slow, too long, no HTTP, or the server has hung up."""
        connection = http.client.HTTPConnection("machine")
        connection.sock = cast("Any", self._line)  # http.client needs no more of a socket than this
        try:
            connection.putrequest("GET", path, skip_accept_encoding=True)
            connection.endheaders()
            answer = http.client.HTTPResponse(cast("Any", self._line), method="GET")
            answer.begin()
            body = answer.read(self._max_bytes + 1)
        except TimeoutError:
            raise EngineError(f"the machine's server did not answer {path} in time") from None
        except (http.client.HTTPException, ValueError) as error:
            raise EngineError(f"the machine's server does not speak HTTP: {error!r}") from error
        if len(body) > self._max_bytes:
            raise EngineError("the machine's server answered with too much")
        return HttpResponse(answer.status, body)


class _Kept(io.BufferedReader):
    """http.client closes its file after each answer; the next one comes from the same."""

    def close(self) -> None:
        pass


class _Line(io.RawIOBase):
    """A connection as http.client wants a socket: something to write to, and a file to read answers from. Nothing that was
    read ahead is lost between two answers, because all of them are read from the one buffer."""

    def __init__(self, connection: Connection, end: float) -> None:
        self._connection, self._end = connection, end
        self._rest = b""
        self._reader = _Kept(self)

    def sendall(self, data: bytes) -> None:
        self._connection.send(data)

    def makefile(self, _mode: str) -> "_Kept":
        return self._reader

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        if not self._rest:
            self._rest = self._connection.receive(max(0.001, self._end - time.monotonic()))
        piece, self._rest = self._rest[: len(into)], self._rest[len(into) :]
        into[: len(piece)] = piece
        return len(piece)


def _request(method: str, path: str, body: dict[str, Any] | None) -> bytes:
    # HTTP/1.0: the answer is not cut into chunks and ends with the connection.
    content = b"" if body is None else json.dumps(body).encode()
    head = f"{method} {path} HTTP/1.0\r\nHost: machine\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def _read_all(connection: Connection, end: float, max_bytes: int) -> bytes:
    data = bytearray()
    while more := connection.receive(max(0.001, end - time.monotonic())):
        data += more
        if len(data) > max_bytes:
            raise EngineError("the machine's server answered with too much")
    return bytes(data)


def _read_head(connection: Connection, seconds: float) -> bytes:
    """Skip the answer's head; the bytes after it that came along. Raises EngineError, also when it is not a 200."""
    data = b""
    while b"\r\n\r\n" not in data:
        try:
            more = connection.receive(seconds)
        except TimeoutError:
            more = b""
        if not more or len(data) > MAX_LINE:
            raise EngineError("the machine's server did not answer")
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    if _status(head) != 200:
        raise EngineError(f"the machine's server answered {_status(head)}")
    return rest


def _answer(data: bytes) -> HttpResponse:
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        raise EngineError("nothing answers on the machine's socket")
    return HttpResponse(_status(head), body)


def _status(head: bytes) -> int:
    try:
        return int(head.split(b" ", 2)[1])
    except (ValueError, IndexError):
        raise EngineError("the machine's server does not speak HTTP") from None
