"""Serve TCP ports of this host as programs in a machine do, well or badly."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Talk = Callable[[socket.socket], None]


@contextmanager
def port_server(talk: Talk, *, family: int = socket.AF_INET) -> Iterator[int]:
    """Run `talk` for each connection, in a thread of its own; give the port."""
    address = "127.0.0.1" if family == socket.AF_INET else "::1"
    listener = socket.create_server((address, 0), family=family, backlog=256)
    talking: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                talking.append(connection)
                threading.Thread(target=run, args=(connection,), daemon=True).start()

    def run(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            talk(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in talking:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def read_to_end(connection: socket.socket) -> bytes:
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def http_server(respond: Callable[[str, dict[str, str], bytes], bytes]) -> Talk:
    """Answer one request with what `respond` makes of its first line, headers and body."""

    def talk(connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in lines]
        headers = {name.lower(): value for name, value in pairs}
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        connection.sendall(respond(first, headers, body))

    return talk


def answer(body: bytes = b"hello", status: str = "200 OK", *lines: str) -> bytes:
    """Give an answer with these header lines."""
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body
