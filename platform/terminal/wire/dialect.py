"""Define what a session needs of the protocol that a viewer's client speaks."""

from typing import Literal, Protocol

from core.budgets import MACHINE
from terminal.errors import TerminalError
from terminal.wire import ptyd_frames
from terminal.wire.control_frames import Control

Role = Literal["owner", "watch", "help"]
Message = str | bytes

# Bytes under way to a viewer that it has not acknowledged; the PTY server holds back the rest.
WINDOW = MACHINE.unacknowledged_bytes


class Dialect(Protocol):
    """Read and write a client's messages.

    A method that returns an empty message has nothing to say.
    """

    @property
    def acknowledges(self) -> bool:
        """Whether the client sends acks."""

    def read(self, text: str) -> Control | None:
        """Parse what a text message asks for. Raises BadFrame."""

    def hello(self, hello: ptyd_frames.Hello, role: Role) -> Message: ...

    def output(self, data: bytes) -> Message: ...

    def size(self, cols: int, rows: int) -> Message: ...

    def turn(self, leads: bool) -> Message:
        """Tell whether the viewer answers questions and sets the size from here on."""

    def exit(self, code: int) -> Message: ...

    def pong(self) -> Message: ...

    def error(self, error: TerminalError) -> Message: ...
