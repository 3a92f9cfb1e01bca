"""Make the address under which somebody's browser opens a port."""

import uuid
from urllib.parse import urlencode

from django.contrib.auth import SESSION_KEY
from django.http import Http404, HttpRequest

from accounts.models import User
from ports import names, passes
from ports.access import may_open
from ports.admission import OPEN_PATH
from ports.names import PortAddress


class SessionNeeded(Exception):
    """Refuse whoever has no session that an open port could end with."""


def port_link(request: HttpRequest, user: User, machine_id: uuid.UUID, port: int, path: str) -> str:
    """Return an address that opens a port once, within seconds, for this session's user.

    It has to be followed from a page of the platform that says so to the port (`Referer`). Raises
    Http404 for a machine of somebody else's, SessionNeeded.
    """
    address = PortAddress(machine_id, port)
    if not 0 < port <= names.MOST_PORT or not may_open(user, address):
        raise Http404
    session_key = request.session.session_key
    if not session_key or request.session.get(SESSION_KEY) != str(user.pk):
        raise SessionNeeded
    platform = names.platform_origin(request)
    port_pass = passes.Pass(address, user.pk, session_key, platform)
    if not names.has_origins(request):
        return f"{platform}{names.PATH}{port_pass.encode(passes.PATH_PASS)}/{path.lstrip('/')}"
    query = urlencode({"ticket": port_pass.encode(passes.TICKET), "path": path})
    return f"{names.origin_of(request, address.label)}{OPEN_PATH}?{query}"
