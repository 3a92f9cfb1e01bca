"""Name the origin of each port of each machine, and know such a name again.

`p8080-<machine>.ports.<host>` is an origin of its own for the browser. What stands below the name
of all ports (settings.PORTS_HOST) belongs to machines, never to the platform.
"""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

LABEL = re.compile(r"p([1-9][0-9]{0,4})-([0-9a-f]{32})")
# Browsers take every name below this one for their own computer (RFC 6761, 6.3).
LOCALHOST = "localhost"
# Where the sandboxed way begins on the platform's own host.
PATH = "/ports/at/"
MOST_PORT = 65535

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True)
class PortAddress:
    """Name a port of a machine."""

    machine_id: uuid.UUID
    port: int

    @property
    def label(self) -> str:
        return f"p{self.port}-{self.machine_id.hex}"


def header(headers: Headers, name: bytes) -> str:
    """Return the first header of that name; empty without one."""
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), "")


def host_name(host: str) -> str:
    """Return a Host header's name without its port, as browsers compare names."""
    name, colon, port = host.strip().lower().rpartition(":")
    if not colon or not port.isdigit():
        name = host.strip().lower().rstrip(":")
    return name.rstrip(".")


def ports_name() -> str:
    """Return the name that all ports are below; empty where there is none."""
    return host_name(settings.PORTS_HOST)


def is_ports_host(host: str) -> bool:
    """Whether a Host header names what belongs to machines."""
    name, ports = host_name(host), ports_name()
    return bool(ports) and (name == ports or name.endswith(f".{ports}"))


def is_ports_origin(origin: str) -> bool:
    """Whether an Origin header names a page that a machine serves."""
    return is_ports_host(origin.partition("://")[2])


def address_of(host: str) -> PortAddress | None:
    """Return the port that a Host header names; None when it names none."""
    label, _, rest = host_name(host).partition(".")
    match = LABEL.fullmatch(label)
    if match is None or not rest or rest != ports_name() or int(match[1]) > MOST_PORT:
        return None
    return PortAddress(uuid.UUID(match[2]), int(match[1]))


def is_local(host: str) -> bool:
    """Whether a name is that of the browser's own computer."""
    name = host_name(host)
    return name in (LOCALHOST, "127.0.0.1", "[::1]") or name.endswith(f".{LOCALHOST}")


def has_origins(request: HttpRequest) -> bool:
    """Whether ports can have origins of their own for the browser that asks.

    A name below `localhost` leads only those to us who reach the platform on their own computer.
    """
    ports = ports_name()
    return bool(ports) and (not is_local(ports) or is_local(request.get_host()))


def origin_of(request: HttpRequest, label: str) -> str:
    """Return the origin of a port, for a browser that reaches the platform as this one does."""
    host = settings.PORTS_HOST
    own_port = request.get_host().rpartition(":")[2]
    if host == ports_name() and own_port.isdigit():
        host = f"{host}:{own_port}"
    return f"{request.scheme}://{label}.{host}"


def platform_origin(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def frame_sources(request: HttpRequest) -> list[str]:
    """Return what a lesson's page may show in frames: the pages of ports, and nothing else."""
    if has_origins(request):
        return [origin_of(request, "*")]
    return [platform_origin(request) + PATH]
