"""Speak the protocol of the PyPI package django-xterm, so that its client works here.

It serves websockets without a subprotocol. Down: text frames of terminal output. Up: binary frames
of keystrokes, and text frames with a JSON object whose `cols` and `rows` set the size; other
objects (the package's documentation sends a CSRF token first) are ignored. There are no byte
numbers and no acks: whoever connects sees the whole ring again, and what the socket took counts as
rendered. The client answers every question that it reads, so it is shown only those that are its
own to answer.
Source: xterm/xterm.py and xterm/static/xterm/js/xterm.js of django-xterm 0.3.3.
"""

import codecs

from terminal.errors import TerminalError
from terminal.wire import ptyd_frames
from terminal.wire.control_frames import Control, Resize, parse_object, whole_number
from terminal.wire.dialect import Role
from terminal.wire.ptyd_frames import MAX_SIDE
from terminal.wire.questions import QuestionFilter

OLDER_OUTPUT_GONE = "[Older output is gone.]\r\n"


class XtermDialect:
    acknowledges = False

    def __init__(self) -> None:
        # Holds the first bytes of a character until its last bytes come: a text frame holds whole
        # characters only.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._questions = QuestionFilter()
        self._leads = False
        self._replay = 0  # bytes still to come that were printed before this connection

    def read(self, text: str) -> Control | None:
        fields = parse_object(text)
        if "cols" not in fields or "rows" not in fields:
            return None
        return Resize(
            whole_number(fields, "cols", 1, MAX_SIDE), whole_number(fields, "rows", 1, MAX_SIDE)
        )

    def hello(self, hello: ptyd_frames.Hello, role: Role) -> str:
        self._replay = hello.end - hello.seq
        notice = OLDER_OUTPUT_GONE if hello.seq else ""
        return notice + self._questions.feed(hello.modes, answers=False)

    def output(self, data: bytes) -> str:
        old, fresh = data[: self._replay], data[self._replay :]
        self._replay -= len(old)
        return self.shown(old, answers=False) + self.shown(fresh, answers=self._leads)

    def shown(self, data: bytes, *, answers: bool) -> str:
        """Return the text to show for these bytes, without questions that others answer."""
        return self._questions.feed(self._decoder.decode(data), answers=answers) if data else ""

    def size(self, cols: int, rows: int) -> str:
        return ""

    def turn(self, leads: bool) -> str:
        self._leads = leads
        return ""

    def exit(self, code: int) -> str:
        return f"\r\n[The shell ended with code {code}. Press a key for a new one.]\r\n"

    def pong(self) -> str:
        return ""

    def error(self, error: TerminalError) -> str:
        return f"\r\n\x1b[31m{error.message}\x1b[0m\r\n"
