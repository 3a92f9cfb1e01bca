"""`drydock.v1` as a dialect of a session: binary frames for bytes, JSON text for the rest."""

from terminal import protocol, ptyd
from terminal.errors import TerminalError
from terminal.session import WINDOW, Role


class DrydockDialect:
    acknowledges = True

    def read(self, text: str) -> protocol.Control:
        return protocol.parse_control(text)

    def hello(self, hello: ptyd.Hello, role: Role) -> str:
        return protocol.build_hello(
            seq=hello.seq,
            end=hello.end,
            reset=hello.reset,
            window=WINDOW,
            role=role,
            epoch=hello.epoch,
            cols=hello.cols,
            rows=hello.rows,
        )

    def output(self, data: bytes) -> bytes:
        return data

    def size(self, cols: int, rows: int) -> str:
        return protocol.build_size(cols, rows)

    def exit(self, code: int) -> str:
        return protocol.build_exit(code)

    def pong(self) -> str:
        return protocol.PONG

    def error(self, error: TerminalError) -> str:
        return protocol.build_error(error)
