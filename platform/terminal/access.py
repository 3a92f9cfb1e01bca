"""Decide who may open which terminal.

The owner types, those who teach watch, and everybody else is told that it does not exist.
"""

import uuid
from dataclasses import dataclass

from accounts.models import User
from accounts.websocket_auth import SIGN_IN, Refusal
from sandboxes.models import Machine, Sandbox
from terminal.errors import (
    CloseCode,
    MachineUnreachable,
    NotSignedIn,
    SandboxEnded,
    SandboxFailed,
    TerminalError,
    TerminalNotFound,
)
from terminal.wire.dialect import Role

OVER_SANDBOX_STATES = (Sandbox.State.PARKED, Sandbox.State.ENDING, Sandbox.State.GONE)
OVER_MACHINE_STATES = (Machine.State.PARKED, Machine.State.REMOVING, Machine.State.GONE)


@dataclass(frozen=True)
class Grant:
    """Allow a terminal of `machine` (its host and sandbox loaded) to be opened in `role`."""

    machine: Machine
    sandbox: Sandbox
    role: Role


def grant_terminal(user: User, machine_id: uuid.UUID, requested: str) -> Grant:
    """Decide on a terminal, with a single query.

    Raises NotSignedIn, TerminalNotFound, and what `state_error` returns.
    """
    grant = decide_role(user, machine_id, requested)
    if error := state_error(grant.machine):
        raise error
    return grant


def decide_role(user: User, machine_id: uuid.UUID, requested: str) -> Grant:
    """Decide what a user may be in a machine's terminals: the one decision of that.

    It is made for a handshake, and again while the websocket is open. Raises NotSignedIn,
    TerminalNotFound.
    """
    if not user.is_authenticated or not user.is_active:
        raise NotSignedIn
    machine = load_machine(machine_id)
    if machine is None or machine.sandbox is None:
        raise TerminalNotFound
    return Grant(machine, machine.sandbox, role_for(user, machine.sandbox, requested))


def refusal_for(user: User, *, machine_id: uuid.UUID, requested: str, role: Role) -> Refusal | None:
    """Say why a terminal that is open in `role` must be closed for this user; None if it may stay.

    A page whose role has changed comes back by itself, and gets the new one.
    """
    try:
        now = decide_role(user, machine_id, requested).role
    except NotSignedIn:
        return SIGN_IN
    except TerminalNotFound as error:
        return Refusal(int(error.close), error.code)
    return None if now == role else Refusal(int(CloseCode.TRY_AGAIN), "role")


def state_error(machine: Machine) -> TerminalError | None:
    """Say why this machine has no terminal in its present state; None when it has a terminal."""
    sandbox = machine.sandbox
    if sandbox is None or sandbox.state in OVER_SANDBOX_STATES:
        return SandboxEnded()
    if sandbox.state == Sandbox.State.FAILED:
        return SandboxFailed(sandbox.reason)
    if machine.state in OVER_MACHINE_STATES:
        return SandboxEnded()
    if sandbox.state != Sandbox.State.READY or machine.state != Machine.State.CLAIMED:
        return MachineUnreachable("The machine is not ready yet.")
    return None


def explain_loss(machine_id: uuid.UUID) -> TerminalError:
    """Say why a machine stopped answering, as its rows tell now."""
    machine = load_machine(machine_id)
    return SandboxEnded() if machine is None else state_error(machine) or MachineUnreachable()


def load_machine(machine_id: uuid.UUID) -> Machine | None:
    """Load a machine with its sandbox and host."""
    return Machine.objects.select_related("sandbox", "host").filter(pk=machine_id).first()


def role_for(user: User, sandbox: Sandbox, requested: str) -> Role:
    """Say what a user may be in a sandbox's terminals. Raises TerminalNotFound."""
    if sandbox.user_id == user.pk:
        return "watch" if requested == "watch" else "owner"
    if user.teaches:
        # To help is to type, and that takes the student's asking, which does not exist yet: so they
        # watch.
        return "watch"
    raise TerminalNotFound
