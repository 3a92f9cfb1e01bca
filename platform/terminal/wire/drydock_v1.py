"""Speak `drydock.v1` as a dialect of a session: binary frames for bytes, JSON for the rest."""

from terminal.errors import TerminalError
from terminal.wire import control_frames, ptyd_frames
from terminal.wire.dialect import WINDOW, Role


class DrydockDialect:
    acknowledges = True

    def read(self, text: str) -> control_frames.Control:
        return control_frames.parse_control(text)

    def hello(self, hello: ptyd_frames.Hello, role: Role) -> str:
        return control_frames.build_hello(
            seq=hello.seq,
            end=hello.end,
            reset=hello.reset,
            window=WINDOW,
            role=role,
            epoch=hello.epoch,
            cols=hello.cols,
            rows=hello.rows,
            modes=hello.modes,
        )

    def output(self, data: bytes) -> bytes:
        return data

    def size(self, cols: int, rows: int) -> str:
        return control_frames.build_size(cols, rows)

    def turn(self, leads: bool) -> str:
        return control_frames.build_turn(leads)

    def exit(self, code: int) -> str:
        return control_frames.build_exit(code)

    def pong(self) -> str:
        return control_frames.PONG

    def error(self, error: TerminalError) -> str:
        return control_frames.build_error(error)
