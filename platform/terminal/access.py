"""Who may open which terminal: the owner types, whoever teaches watches, anybody else is told it does not exist."""

import uuid
from dataclasses import dataclass

from accounts.models import User
from sandboxes.models import Machine, Sandbox
from terminal.errors import (
    MachineUnreachable,
    NotSignedIn,
    SandboxEnded,
    SandboxFailed,
    TerminalError,
    TerminalNotFound,
)
from terminal.session import Role

_OVER = (Sandbox.State.PARKED, Sandbox.State.ENDING, Sandbox.State.GONE)
_MACHINE_OVER = (Machine.State.PARKED, Machine.State.REMOVING, Machine.State.GONE)


@dataclass(frozen=True)
class Grant:
    """Leave to open a terminal of `machine` (its host and sandbox loaded) in `role`."""

    machine: Machine
    sandbox: Sandbox
    role: Role


def grant_terminal(user: User, machine_id: uuid.UUID, wanted: str) -> Grant:
    """Decide on one terminal, with one query. Raises NotSignedIn, TerminalNotFound, and what `state_error` says."""
    if not user.is_authenticated or not user.is_active:
        raise NotSignedIn
    machine = _load(machine_id)
    if machine is None or machine.sandbox is None:
        raise TerminalNotFound
    role = _role(user, machine.sandbox, wanted)
    if error := state_error(machine):
        raise error
    return Grant(machine, machine.sandbox, role)


def state_error(machine: Machine) -> TerminalError | None:
    """Why this machine has no terminal in the states it is in; None when it has one."""
    sandbox = machine.sandbox
    if sandbox is None or sandbox.state in _OVER:
        return SandboxEnded()
    if sandbox.state == Sandbox.State.FAILED:
        return SandboxFailed(sandbox.reason)
    if machine.state in _MACHINE_OVER:
        return SandboxEnded()
    if sandbox.state != Sandbox.State.READY or machine.state != Machine.State.CLAIMED:
        return MachineUnreachable("The machine is not ready yet.")
    return None


def explain_loss(machine_id: uuid.UUID) -> TerminalError:
    """Why a machine stopped answering, as its rows say now."""
    machine = _load(machine_id)
    return SandboxEnded() if machine is None else state_error(machine) or MachineUnreachable()


def _load(machine_id: uuid.UUID) -> Machine | None:
    return Machine.objects.select_related("sandbox", "host").filter(pk=machine_id).first()


def _role(user: User, sandbox: Sandbox, wanted: str) -> Role:
    if sandbox.user_id == user.pk:
        return "watch" if wanted == "watch" else "owner"
    if user.teaches:
        # To help is to type, and that takes the student's asking, which does not exist yet: so they watch.
        return "watch"
    raise TerminalNotFound
