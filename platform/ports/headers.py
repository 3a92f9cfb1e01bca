"""Say which headers pass between a browser and a program in a machine.

The program sees a browser on its own computer: `Host: localhost:8080`, as `curl` in the machine
says. So servers that look at the name, and redirects, work as the student expects.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

Header = tuple[bytes, bytes]

# What holds for one connection alone (https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1).
HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer "
    b"transfer-encoding upgrade".split()
)
# What speaks of how the browser reaches the platform, which is none of the program's business; an
# interim answer is the server's in front.
OF_THE_WAY = frozenset(b"forwarded x-real-ip expect host origin referer cookie".split())
WEBSOCKET = b"sec-websocket-"
# What a page's answer may not decide: cookies and names of the whole site, the way to it.
OF_THE_SITE = frozenset(b"clear-site-data strict-transport-security alt-svc date".split())
# On the platform's own host only what describes the content is passed on.
OF_THE_CONTENT = frozenset(
    b"accept-ranges cache-control content-disposition content-encoding content-language "
    b"content-length content-range content-type etag last-modified location vary".split()
)
# The cookies of a pass: where the browser takes the connection for safe, and elsewhere.
SAFE_COOKIE, PLAIN_COOKIE = "__Host-drydock_port", "drydock_port"
DOMAIN = re.compile(rb"\s*domain\s*(=|\Z)", re.IGNORECASE)
OF_A_FRAME = re.compile(rb"\s*(?:samesite|secure|partitioned)\s*(?:=|\Z)", re.IGNORECASE)
LOCAL_URL = re.compile(
    rb"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?(?=[/?#]|\Z)"
)


@dataclass(frozen=True)
class View:
    """Say how a browser sees a port: at which origin, and below which path of it.

    A `sandboxed` one is below a path of the platform's host, and has no cookies. A `framed` one is
    in a frame of what browsers take for another site, where they keep cookies only that ask for it.
    """

    port: int
    origin: str
    platform: str
    prefix: str = ""
    framed: bool = False

    @property
    def sandboxed(self) -> bool:
        return bool(self.prefix)

    @property
    def local_host(self) -> bytes:
        """Return the port's host as programs in the machine call it."""
        return b"localhost" if self.port == 80 else f"localhost:{self.port}".encode()


def our_cookies() -> frozenset[str]:
    names = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
    return frozenset((SAFE_COOKIE, PLAIN_COOKIE, *names))


def request_headers(headers: Iterable[Header], view: View) -> list[Header]:
    """Return what the program gets of a request's headers."""
    headers = [(name.lower(), value) for name, value in headers]
    dropped = HOP_BY_HOP | OF_THE_WAY | named_by_connection(headers)
    if any(name == b"transfer-encoding" for name, _ in headers):
        dropped |= {b"content-length"}
    passed = [(b"host", view.local_host)]
    passed += [
        (name, value)
        for name, value in headers
        if name not in dropped and not name.startswith((b"x-forwarded-", WEBSOCKET))
    ]
    passed += [(name, own_url(value, view)) for name, value in headers if name == b"origin"]
    passed += [(name, own_url(value, view)) for name, value in headers if name == b"referer"]
    cookie = b"; ".join(
        theirs for name, value in headers if name == b"cookie" for theirs in theirs_of(value)
    )
    if cookie and not view.sandboxed:
        passed.append((b"cookie", cookie))
    return passed


def named_by_connection(headers: Iterable[Header]) -> frozenset[bytes]:
    """Return the names of the headers that `Connection` says are for one connection."""
    values = b",".join(value for name, value in headers if name == b"connection")
    return frozenset(name.strip().lower() for name in values.split(b","))


def own_url(value: bytes, view: View) -> bytes:
    """Return a URL of the port's origin as the program knows it; others as they are."""
    own = (view.origin + view.prefix.rstrip("/")).encode()
    return (
        b"http://" + view.local_host + value.removeprefix(own) if value.startswith(own) else value
    )


def theirs_of(value: bytes) -> list[bytes]:
    """Return the cookies of a header that are not the platform's."""
    ours = our_cookies()
    pairs = [pair.strip() for pair in value.split(b";")]
    return [
        pair
        for pair in pairs
        if pair and pair.partition(b"=")[0].strip().decode("latin-1") not in ours
    ]


def response_headers(headers: Iterable[Header], view: View) -> list[Header]:
    """Return what the browser gets of an answer's headers, and what the platform adds."""
    headers = [(name.lower(), value) for name, value in headers]
    dropped = HOP_BY_HOP | OF_THE_SITE | named_by_connection(headers)
    passed: list[Header] = []
    for name, value in headers:
        if name in dropped or (view.sandboxed and name not in OF_THE_CONTENT):
            continue
        if name == b"set-cookie":
            passed += [(name, cookie) for cookie in own_cookie(value, framed=view.framed)]
        else:
            passed.append((name, own_place(value, view) if name == b"location" else value))
    return passed + freshness(headers) + guards(view)


def freshness(headers: Iterable[Header]) -> list[Header]:
    """Let browsers ask again for what does not say how long it holds: somebody is working on it.

    They would else guess from its age, and show an old page after "Load again".
    """
    lasting = {b"cache-control", b"expires"} & {name for name, _ in headers}
    return [] if lasting else [(b"cache-control", b"no-cache")]


def own_cookie(value: bytes, *, framed: bool) -> list[bytes]:
    """Return a cookie for this origin alone; none when it would take the place of one of ours."""
    pair, *attributes = value.split(b";")
    if pair.partition(b"=")[0].strip().decode("latin-1") in our_cookies():
        return []
    attributes = [each for each in attributes if not DOMAIN.match(each)]
    if framed:
        attributes = [each for each in attributes if not OF_A_FRAME.match(each)]
        attributes += [b" Secure", b" SameSite=None", b" Partitioned"]
    return [b";".join([pair, *attributes])]


def own_place(value: bytes, view: View) -> bytes:
    """Return where a redirect leads the browser that the program takes for one in its machine."""
    match = LOCAL_URL.match(value)
    if match and (match[1] is None or int(match[1]) == view.port):
        value = value[match.end() :]
        value = value if value.startswith(b"/") else b"/" + value
    if view.sandboxed and value.startswith(b"/") and not value.startswith(b"//"):
        return view.prefix.rstrip("/").encode() + value
    return value


def guards(view: View) -> list[Header]:
    """Return what holds for every answer of a port: who may show it, and what it may be."""
    framers = f"frame-ancestors 'self' {view.platform}"
    if not view.sandboxed:
        return [(b"content-security-policy", framers.encode())]
    policy = f"sandbox allow-scripts allow-forms; {framers}"
    return [
        (b"content-security-policy", policy.encode()),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
    ]
