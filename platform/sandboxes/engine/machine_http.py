"""Speak HTTP over a unix socket in a machine.

So the platform asks a student's own Docker engine without trusting any program of theirs. What
answers may still be theirs: sizes and times are bounded, and the content is theirs to say.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import h11

from sandboxes.engine.facts import Sockets
from sandboxes.engine.interface import Connection, MachineConnector
from sandboxes.errors import AnswerLate, AnswerTooLong, EngineError

MAX_BODY = 1024 * 1024
MAX_LINE = 64 * 1024  # also of a whole head


@dataclass(frozen=True)
class HttpResponse:
    """Hold a whole answer."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Parse the body. Raises EngineError for anything else than JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise EngineError(
                "the machine's server answered with something else than JSON"
            ) from error


class HttpSession:
    """Ask for several paths on a connection, which the caller closes.

    `seconds` are for all of them; no body may be longer than `max_bytes`.
    """

    def __init__(
        self, connection: Connection, *, seconds: float = 10.0, max_bytes: int = MAX_BODY
    ) -> None:
        self._exchange = HttpExchange(connection)
        self._deadline = time.monotonic() + seconds
        self._max_bytes = max_bytes

    def get(self, path: str) -> HttpResponse:
        """Ask for a path. Raises what ask() raises."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, json_body: Any = None) -> HttpResponse:
        """Send a request, and return the whole answer.

        Raises AnswerLate, AnswerTooLong, and EngineError: no HTTP, or the server has hung up.
        """
        with protocol_errors():
            try:
                self._exchange.send_request(method, path, json_body)
                response = self._exchange.read_head(self._remaining)
                body = bytearray()
                while data := self._exchange.read_body(self._remaining):
                    body += data
                    if len(body) > self._max_bytes:
                        raise AnswerTooLong("the machine's server answered with too much")
                return HttpResponse(response.status_code, bytes(body))
            except TimeoutError:
                message = f"the machine's server did not answer {path} in time"
                raise AnswerLate(message) from None

    def _remaining(self) -> float:
        return max(0.001, self._deadline - time.monotonic())


def request(
    connector: MachineConnector,
    container_id: str,
    socket: Sockets,
    path: str,
    *,
    method: str = "GET",
    json_body: Any = None,
    wait_seconds: float = 0.0,
    seconds: float = 10.0,
    max_bytes: int = MAX_BODY,
) -> HttpResponse:
    """Ask for a path on a connection of its own, and return the whole answer.

    `json_body`, unless None, is sent along as JSON. `wait_seconds` are for the socket to appear,
    `seconds` for everything. Raises EngineError: no server, too slow, too long, no HTTP.
    """
    deadline = time.monotonic() + seconds
    connection = connector.open_connection(container_id, socket, wait_seconds=wait_seconds)
    try:
        remaining = deadline - time.monotonic()
        session = HttpSession(connection, seconds=remaining, max_bytes=max_bytes)
        return session.ask(method, path, json_body)
    finally:
        connection.close()


def stream_lines(
    connector: MachineConnector,
    container_id: str,
    socket: Sockets,
    path: str,
    *,
    idle_seconds: float = 30.0,
) -> Iterator[bytes]:
    """Yield the lines of an answer that goes on (`/events`, logs), each without its end.

    Yields b"" whenever nothing has come for `idle_seconds`, so that the caller can see whether it
    still wants more. Ends with the server's answer. Close the iterator to hang up. Raises
    EngineError: no server, another status than 200, a line that is too long.
    """
    connection = connector.open_connection(container_id, socket)
    exchange = HttpExchange(connection)
    try:
        with protocol_errors():
            exchange.send_request("GET", path)
            try:
                response = exchange.read_head(lambda: idle_seconds)
            except TimeoutError:
                raise EngineError("the machine's server did not answer") from None
            if response.status_code != 200:
                raise EngineError(f"the machine's server answered {response.status_code}")
            rest = b""
            while True:
                try:
                    data = exchange.read_body(lambda: idle_seconds)
                except TimeoutError:
                    yield b""
                    continue
                if not data:
                    return
                *lines, rest = (rest + data).split(b"\n")
                yield from (line for line in lines if line)
                if len(rest) > MAX_LINE:
                    raise EngineError("the machine's server sent a line that is too long")
    finally:
        connection.close()


@contextmanager
def open_body(
    connector: MachineConnector, container_id: str, socket: Sockets, path: str, *, seconds: float
) -> Iterator[Callable[[], bytes]]:
    """Ask for a path, and yield what reads the answer's body piece by piece, b"" at its end.

    `seconds` are for everything; leaving hangs up. Raises EngineError, as reading does: no server,
    another status than 200, too slow.
    """
    deadline = time.monotonic() + seconds
    connection = connector.open_connection(container_id, socket)
    exchange = HttpExchange(connection)

    def remaining() -> float:
        return max(0.001, deadline - time.monotonic())

    def read() -> bytes:
        try:
            with protocol_errors():
                return exchange.read_body(remaining)
        except TimeoutError:
            raise EngineError(f"the machine's server did not send all of {path} in time") from None

    try:
        with protocol_errors():
            exchange.send_request("GET", path)
            status = exchange.read_head(remaining).status_code
        if status != 200:
            raise EngineError(f"the machine's server answered {status}")
        yield read
    except TimeoutError:
        raise EngineError(f"the machine's server did not answer {path} in time") from None
    finally:
        connection.close()


class HttpExchange:
    """Drive h11 over a Connection. `seconds` says each time how long the next bytes may take.

    Raises h11.ProtocolError when the server does not speak HTTP or has hung up, TimeoutError when
    it is too slow.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_LINE)

    def send_request(self, method: str, path: str, json_body: Any = None) -> None:
        if self._http.our_state is not h11.IDLE:
            self._http.start_next_cycle()
        body = b"" if json_body is None else json.dumps(json_body).encode()
        headers = [("Host", "machine")]
        if method != "GET":
            headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        head = h11.Request(method=method, target=path, headers=headers)
        content = [h11.Data(data=body)] if body else []
        parts = [self._http.send(event) for event in (head, *content, h11.EndOfMessage())]
        self._connection.send(b"".join(part for part in parts if part))

    def read_head(self, seconds: Callable[[], float]) -> h11.Response:
        """Read an answer's head; what comes before it, such as 100 Continue, is skipped."""
        while not isinstance(event := self._next_event(seconds), h11.Response):
            if isinstance(event, h11.ConnectionClosed):
                raise h11.RemoteProtocolError("it has hung up")
        return event

    def read_body(self, seconds: Callable[[], float]) -> bytes:
        """Read the next piece of an answer's body, b"" at its end."""
        event = self._next_event(seconds)
        return bytes(event.data) if isinstance(event, h11.Data) else b""

    def _next_event(self, seconds: Callable[[], float]) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(self._connection.receive(seconds()))
        return event


@contextmanager
def protocol_errors() -> Iterator[None]:
    """Turn h11's errors into EngineError."""
    try:
        yield
    except h11.ProtocolError as error:
        raise EngineError(f"the machine's server does not speak HTTP: {error}") from error
