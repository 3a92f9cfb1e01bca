"""Say what can go wrong with a terminal, and which websocket close code tells it.

https://www.rfc-editor.org/rfc/rfc6455#section-7.4
"""

from enum import IntEnum


class CloseCode(IntEnum):
    """Tell why a terminal's websocket was closed.

    4000–4999 are ours; a client comes back by itself after 1011 and 1012.
    """

    INTERNAL = 1011
    TRY_AGAIN = 1012
    SIGN_IN = 4001
    NOT_FOUND = 4004
    TOO_SLOW = 4008
    ENDED = 4009
    FAILED = 4010
    TOO_MANY = 4029
    BAD_FRAME = 4400


class TerminalError(Exception):
    """End a viewer's connection.

    `code` is for programs, `message` for the person, `close` for the websocket.
    """

    code = "error"
    close = CloseCode.INTERNAL
    message = "Something went wrong with this terminal."

    def __init__(self, message: str = "") -> None:
        self.message = message or self.message
        super().__init__(self.message)


class NotSignedIn(TerminalError):
    code, close, message = "sign-in", CloseCode.SIGN_IN, "Please sign in."


class TerminalNotFound(TerminalError):
    """Hide a terminal that is not there, or that this user may not see.

    An outsider cannot tell which.
    """

    code, close, message = "not-found", CloseCode.NOT_FOUND, "There is no such terminal."


class ViewerTooSlow(TerminalError):
    code, close, message = (
        "slow",
        CloseCode.TOO_SLOW,
        "This page fell too far behind the terminal's output.",
    )


class SandboxEnded(TerminalError):
    """Tell that the sandbox is parked, ending or gone."""

    code, close, message = "ended", CloseCode.ENDED, "Your machine is not running any more."


class SandboxFailed(TerminalError):
    code, close, message = "failed", CloseCode.FAILED, "Your machine failed."


class TooManyViewers(TerminalError):
    code, close, message = (
        "too-many",
        CloseCode.TOO_MANY,
        "Too many terminals are open; close one first.",
    )


class BadFrame(TerminalError):
    code, close = "bad-frame", CloseCode.BAD_FRAME
    message = "The page sent something that is not part of the protocol."


class InputOverflow(TerminalError):
    code, close = "input-overflow", CloseCode.TRY_AGAIN
    message = "More was pasted than the program in the terminal has read; the rest was dropped."


class MachineUnreachable(TerminalError):
    """Tell that the way to the machine's PTY server is closed for now.

    The client tries again and resumes.
    """

    code, close, message = (
        "unreachable",
        CloseCode.TRY_AGAIN,
        "The machine does not answer; trying again.",
    )


class MachineGarbled(TerminalError):
    """Refuse what is not the PTY server's protocol.

    A student is root in the machine and can send such.
    """

    code, close, message = (
        "garbled",
        CloseCode.INTERNAL,
        "The machine's terminal server sent something unreadable.",
    )


class PortRefused(TerminalError):
    """Tell that nothing listens on a port of the machine."""

    code, close, message = "port-refused", CloseCode.TRY_AGAIN, "Nothing answers on this port."


class PortSilent(TerminalError):
    """Tell that a port of the machine neither takes nor refuses a connection."""

    code, close, message = (
        "port-silent",
        CloseCode.TRY_AGAIN,
        "What listens on this port takes no connection.",
    )


class PortBusy(TerminalError):
    """Tell that as many connections to the machine's ports are open as may be."""

    code, close, message = (
        "port-busy",
        CloseCode.TRY_AGAIN,
        "Too many connections to this machine are open.",
    )


class PortsUnknown(TerminalError):
    """Tell that the machine's PTY server is from before ports could be opened."""

    code, close, message = (
        "ports-unknown",
        CloseCode.NOT_FOUND,
        "This machine was started before ports could be opened. Reset it to open them.",
    )
