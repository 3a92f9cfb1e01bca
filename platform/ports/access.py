"""Decide who may reach a machine's ports: who may type into it, which is its owner."""

import asyncio
from collections import OrderedDict

from channels.db import database_sync_to_async

from accounts.models import User
from accounts.websocket_auth import SIGN_IN, Refusal, user_of_session
from core.budgets import PORTS
from ports.names import PortAddress
from ports.passes import Pass
from sandboxes.models import Machine
from terminal.access import decide_role, state_error
from terminal.errors import NotSignedIn, TerminalError, TerminalNotFound

# Decisions of passes that were used a moment ago.
REMEMBERED = 1_024
GONE = Refusal(4004, "not-found")


def grant_port(user: User, address: PortAddress) -> Machine:
    """Return the machine, its host and sandbox loaded, with a single query.

    Whoever teaches watches terminals, and reaches no port: a page takes clicks. Who helps a student
    would. Raises NotSignedIn, TerminalNotFound, and what says that the machine does not run.
    """
    grant = decide_role(user, address.machine_id, "")
    if grant.role == "watch":
        raise TerminalNotFound
    if error := state_error(grant.machine):
        raise error
    return grant.machine


def may_open(user: User, address: PortAddress) -> bool:
    """Whether a user may reach a machine's ports once it runs. Takes one query."""
    try:
        return decide_role(user, address.machine_id, "").role != "watch"
    except TerminalError:
        return False


def machine_for(port_pass: Pass) -> Machine:
    """Return the machine that a pass leads to now, with three queries. Raises as `grant_port`."""
    user = user_of_session(port_pass.user_id, port_pass.session_key)
    if user is None:
        raise NotSignedIn
    return grant_port(user, port_pass.address)


def refusal_for(user: User, *, address: PortAddress) -> Refusal | None:
    """Say why what is open must be closed for this user; None if it may stay."""
    try:
        grant_port(user, address)
    except NotSignedIn:
        return SIGN_IN
    except TerminalError:
        return GONE
    return None


class Decisions:
    """Ask the database about a pass once for all requests of a moment."""

    def __init__(self) -> None:
        self._tasks: OrderedDict[Pass, tuple[float, asyncio.Task[Machine]]] = OrderedDict()

    async def machine(self, port_pass: Pass) -> Machine:
        """Return the machine that a pass leads to. Raises as `grant_port`."""
        now = asyncio.get_running_loop().time()
        until, task = self._tasks.get(port_pass, (0.0, None))
        if task is None or now >= until:
            decide = database_sync_to_async(machine_for)
            task = asyncio.ensure_future(decide(port_pass))
            self._tasks[port_pass] = now + PORTS.decision_seconds, task
            self._tasks.move_to_end(port_pass)
            if len(self._tasks) > REMEMBERED:
                self._tasks.popitem(last=False)
        return await asyncio.shield(task)
