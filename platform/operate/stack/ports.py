"""Find out whether a port is free, before anything else is started."""

import socket

from operate.errors import OperateError


def assert_port_free(bind: str, port: int) -> None:
    """Raise OperateError when nothing can listen on this address and port."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            advice = "choose another with DRYDOCK_PORT and DRYDOCK_BIND"
            message = f"can't listen on {bind}:{port} ({error.strerror}); {advice}"
            raise OperateError(message) from error


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
