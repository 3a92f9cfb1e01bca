"""Read what a browser asks of a port, and say whether it asks for itself."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http import parse_cookie

from ports import passes
from ports.errors import PortError, not_for_you
from ports.headers import PLAIN_COOKIE, SAFE_COOKIE, Header, View
from ports.names import PATH, PortAddress, header, host_name, is_local

Scope = dict[str, Any]

OPEN_PATH = "/.drydock/open"
# They would make the proxy answer in place of the program, or lead it elsewhere.
METHODS_REFUSED = ("CONNECT", "TRACE")
SCHEMES = {"ws": "http", "wss": "https"}
# How many cookies of a name are tried: a page of another port may have set one beside ours.
COOKIES_TRIED = 4


@dataclass(frozen=True)
class PortRequest:
    """Hold a request to a port: whose pass it shows, how it is seen, and what it asks for."""

    port_pass: passes.Pass
    view: View
    target: str


def scheme_of(scope: Scope) -> str:
    """Return the browser's scheme, which a proxy in front of us may have changed."""
    if settings.PRODUCTION:
        return header(scope["headers"], b"x-forwarded-proto") or "http"
    scheme: str = scope.get("scheme", "http")
    return SCHEMES.get(scheme, scheme)


def own_origin(scope: Scope) -> str:
    return f"{scheme_of(scope)}://{header(scope['headers'], b'host').lower()}"


def target_of(scope: Scope) -> str:
    """Return a request's path and query as they were sent. Raises PortError."""
    path = scope.get("raw_path", b"").decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    if not path.startswith("/") or scope.get("method") in METHODS_REFUSED:
        raise PortError(400, "This request makes no sense", "No port would take it.")
    return f"{path}?{query}" if query else path


def by_host(scope: Scope, address: PortAddress) -> PortRequest:
    """Read a request to a port's own origin. Raises PortError without a good pass."""
    origin = own_origin(scope)
    refuse_foreign(scope, origin)
    cookies = [
        (name, value)
        for pair in header(scope["headers"], b"cookie").split(";")
        for name, value in parse_cookie(pair).items()
        if name in (SAFE_COOKIE, PLAIN_COOKIE)
    ]
    # The plain cookie is for the first party alone, so without it this is somebody else's frame.
    framed = PLAIN_COOKIE not in [name for name, _ in cookies]
    for _, cookie in cookies[:COOKIES_TRIED]:
        port_pass = passes.decode(cookie, passes.PASS)
        if port_pass is not None and port_pass.address == address:
            view = View(address.port, origin, port_pass.platform, framed=framed)
            return PortRequest(port_pass, view, target_of(scope))
    raise not_for_you()


def by_path(scope: Scope) -> PortRequest:
    """Read a request to a port below a path of the platform. Raises PortError."""
    target = target_of(scope)
    token, slash, rest = target.removeprefix(PATH).partition("/")
    port_pass = passes.decode(token, passes.PATH_PASS)
    if port_pass is None or not slash:
        raise not_for_you()
    prefix = f"{PATH}{token}/"
    view = View(port_pass.address.port, own_origin(scope), port_pass.platform, prefix)
    return PortRequest(port_pass, view, f"/{rest}")


def refuse_foreign(scope: Scope, origin: str) -> None:
    """Refuse what a page of another origin asks for. Raises PortError.

    Opening an address is allowed: nobody but its user sees what comes. Browsers say where a
    request comes from, by `Sec-Fetch-Site` over safe connections, and by `Origin` for all that may
    change something.
    """
    headers = scope["headers"]
    sender = header(headers, b"origin").lower()
    site, mode = header(headers, b"sec-fetch-site"), header(headers, b"sec-fetch-mode")
    reads = scope.get("method") in ("GET", "HEAD")
    own = sender in ("", origin) or (sender == "null" and site == "same-origin")
    if scope["type"] == "websocket":
        own = sender == origin
    if not own or (site in ("same-site", "cross-site") and not (mode == "navigate" and reads)):
        raise PortError(403, "Only the port's own pages may ask for this", "It came from another.")


def opened(scope: Scope, address: PortAddress) -> tuple[list[Header], str]:
    """Exchange a ticket for a pass: return the cookies, and where to go on. Raises PortError.

    Only a page of the platform itself may bring a ticket, by a link or a frame that says so: else
    anybody could lead others to their own machine.
    """
    query = parse_qs(scope["query_string"].decode("latin-1"))
    ticket = query.get("ticket", [""])[0]
    port_pass = passes.decode(ticket, passes.TICKET)
    if port_pass is None or port_pass.address != address:
        raise not_for_you()
    if header(scope["headers"], b"referer").rstrip("/") != port_pass.platform:
        raise not_for_you()
    if not passes.use_ticket(ticket):
        raise not_for_you()
    path = query.get("path", ["/"])[0]
    path = path if path.startswith("/") and path.isascii() and path.isprintable() else "/"
    return pass_cookies(scope, port_pass), "/" + path.lstrip("/\\")


def pass_cookies(scope: Scope, port_pass: passes.Pass) -> list[Header]:
    """Return the cookies of a pass: for this host alone, and within frames of the platform.

    Browsers take names below localhost for safe, mostly; one that doesn't takes the second cookie,
    which also tells a page of its own from a frame.
    """
    value = port_pass.encode(passes.PASS)
    is_https = scheme_of(scope) == "https"
    cookies = []
    if is_https or is_local(host_name(header(scope["headers"], b"host"))):
        flags = "Path=/; Secure; HttpOnly; SameSite=None; Partitioned"
        cookies.append(f"{SAFE_COOKIE}={value}; {flags}")
    secure = "; Secure" if is_https else ""
    cookies.append(f"{PLAIN_COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{secure}")
    return [(b"set-cookie", cookie.encode()) for cookie in cookies]
