"""Say what can go wrong with a port, in words for whoever looks at its page."""

from terminal.errors import (
    MachineUnreachable,
    PortBusy,
    PortRefused,
    PortSilent,
    PortsUnknown,
    SandboxEnded,
    SandboxFailed,
    TerminalError,
)


class PortError(Exception):
    """Answer a request with a page: an HTTP status, what is wrong, and what to do.

    Where `again` is true the page tries again by itself.
    """

    def __init__(self, status: int, title: str, text: str, *, again: bool = False) -> None:
        super().__init__(title)
        self.status, self.title, self.text, self.again = status, title, text, again


def not_for_you() -> PortError:
    """Hide a port from whoever may not see it; an outsider can't tell that it is there."""
    return PortError(
        404,
        "There is nothing here for you",
        "The ports of a machine open for its student, from the lesson's panel Browser. If you come "
        "from there, your browser keeps no cookies for a page inside a page: open it in a window.",
    )


def garbled(port: int) -> PortError:
    return PortError(
        502,
        f"What answers on port {port} does not speak HTTP",
        "A browser can show what a web server says, over plain HTTP (not HTTPS).",
    )


def silent_end(port: int) -> PortError:
    return PortError(
        502,
        f"Port {port} hung up without an answer",
        "The program behind it may be starting, or speaks something other than HTTP.",
        again=True,
    )


def slow(port: int) -> PortError:
    return PortError(
        504,
        f"Port {port} takes connections and does not answer",
        "The program behind it has said nothing for a minute. Its log may say why.",
    )


def too_many() -> PortError:
    return PortError(
        503,
        "Too much is open at once",
        "This page has as many connections to your machines as it may have. Close some tabs.",
        again=True,
    )


def too_long() -> PortError:
    return PortError(413, "This is too large", "At most 256 MiB can be sent to a port at once.")


def explain(error: TerminalError, port: int) -> PortError:
    """Return the page for what stands in the way to a port."""
    if isinstance(error, PortRefused):
        return PortError(
            502,
            f"Nothing answers on port {port} yet",
            f"Is the container running, and published with -p {port}:80 (or another port of its "
            "own)? docker ps in the machine tells. This page tries again by itself.",
            again=True,
        )
    if isinstance(error, PortSilent):
        return PortError(
            504,
            f"Port {port} does not answer",
            "Something is there and takes no connection. Is its container paused, or does the "
            "program in it listen on 127.0.0.1 only instead of 0.0.0.0?",
            again=True,
        )
    if isinstance(error, PortBusy):
        return too_many()
    if isinstance(error, PortsUnknown):
        return PortError(
            409,
            "Reset this machine first",
            "It was started by an older version of Drydock, which could not open ports. Reset the "
            "machine in the lesson, then open the port again.",
        )
    if isinstance(error, SandboxEnded | SandboxFailed):
        return PortError(
            409,
            "This machine is not running",
            "It is asleep, or has ended. Wake it in the lesson, then open the port again.",
        )
    if isinstance(error, MachineUnreachable):
        return PortError(503, "The machine does not answer", "It may be starting.", again=True)
    return PortError(502, "The machine sent something unreadable", "Reset it if this goes on.")
