"""Writes the states of sandboxes and machines, and nothing else does. Every transition is a conditional UPDATE: it says
from which states, and whoever is first wins."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Subquery
from django.utils import timezone

from core import events
from core.task_queue import queue_task
from sandboxes.models import Machine, Sandbox
from sandboxes.queries import HERE, sandbox_payload

S = Sandbox.State
M = Machine.State
EVERY = Q()


def move_sandbox(
    sandbox: Sandbox, *, frm: Iterable[str], to: str, reason: str = "", only: Q = EVERY, **fields: Any
) -> bool:
    """Take a sandbox from one of `frm` to `to`; False when it is in none of them any more, or `only` no longer holds.
    Tells the student's pages."""
    changes = {"state": to, "reason": reason, "changed_at": timezone.now(), **fields}
    won = Sandbox.objects.filter(only, pk=sandbox.pk, state__in=list(frm)).update(**changes) == 1
    if won:
        for name, value in changes.items():
            setattr(sandbox, name, value)
        announce(sandbox)
    return won


def touch_changed(row: Sandbox | Machine) -> bool:
    """Take over a stale row: False when somebody else did, or it has moved on."""
    now = timezone.now()
    rows = type(row)._default_manager.filter(pk=row.pk, state=row.state, changed_at=row.changed_at)
    return rows.update(changed_at=now) == 1


def move_machine(machine: Machine, *, frm: Iterable[str], to: str, **fields: Any) -> bool:
    """Take a machine from one of `frm` to `to`; False when it is in none of them any more."""
    changes = {"state": to, "changed_at": timezone.now(), **fields}
    won = Machine.objects.filter(pk=machine.pk, state__in=list(frm)).update(**changes) == 1
    if won:
        for name, value in changes.items():
            setattr(machine, name, value)
    return won


def hold_sandbox(sandbox: Sandbox, time: timedelta) -> bool:
    """Have a starting sandbox to oneself for so long; False when somebody else has it, or it is not starting."""
    now = timezone.now()
    free = Q(held_until=None) | Q(held_until__lte=now)
    sandbox.held_until = now + time
    rows = Sandbox.objects.filter(free, pk=sandbox.pk, state=S.STARTING)
    return rows.update(held_until=sandbox.held_until) == 1


def let_go(sandbox: Sandbox) -> None:
    """Others may have what hold_sandbox() gave."""
    Sandbox.objects.filter(pk=sandbox.pk, held_until=sandbox.held_until).update(held_until=None)


def note_prepared(machine: Machine, exercise: str, outcome: str) -> None:
    """Remember what came of a setup script. Whoever calls this holds the sandbox."""
    machine.prepared = {**machine.prepared, exercise: outcome}
    Machine.objects.filter(pk=machine.pk).update(prepared=machine.prepared)


def forget_unprepared(machine: Machine) -> bool:
    """Let setup scripts that failed be tried once more; False when none did."""
    done = {slug: outcome for slug, outcome in machine.prepared.items() if outcome == Machine.PREPARED}
    rows = Machine.objects.filter(pk=machine.pk).exclude(prepared=done)
    return rows.update(prepared=done) == 1


def claim_warm(candidates: QuerySet[Machine], *, sandbox: Sandbox, name: str) -> bool:
    """Give the first of `candidates` to a sandbox: one UPDATE. False: none there, or somebody was quicker."""
    # Where the database locks rows, one that somebody else is taking is passed over instead of waited for.
    free = candidates.select_for_update(skip_locked=True).order_by("created_at")
    first = Subquery(free.values("pk")[:1])
    rows = Machine.objects.filter(pk=first, state=M.WARM)
    return rows.update(state=M.CLAIMED, sandbox=sandbox, name=name, changed_at=timezone.now()) == 1


def retire_machine(machine: Machine, *, frm: Iterable[str] = HERE) -> bool:
    """Give a machine up: it will be removed. Its name in the sandbox is free again."""
    name = f"{machine.name[:50]}~{machine.pk.hex[:8]}" if machine.name else ""
    won = move_machine(machine, frm=frm, to=M.REMOVING, name=name)
    if won:
        queue_task("sandboxes.remove_machine", str(machine.pk))
    return won


def announce(sandbox: Sandbox) -> None:
    """Tell the student's open pages how the sandbox stands, once that is committed."""
    transaction.on_commit(lambda: _publish(sandbox))


def _publish(sandbox: Sandbox) -> None:
    fresh = Sandbox.objects.filter(pk=sandbox.pk).first()
    if fresh is not None:
        events.publish(user_id=fresh.user_id, kind="sandbox", payload={"sandbox": sandbox_payload(fresh)})
