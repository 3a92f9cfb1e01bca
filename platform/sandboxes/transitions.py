"""Change the states of sandboxes and machines; nothing else does.

Every transition is a conditional UPDATE: it says from which states, and whoever is first wins.
Rows begin in the first state where they are made, in lifecycle.py and pool/claims.py.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone

from core import events
from core.task_queue import queue_task, send_task
from sandboxes import reasons
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Machine, Sandbox
from sandboxes.queries import lifetime, read_payload, waiting_sandboxes

REQUESTED, STARTING = Sandbox.State.REQUESTED, Sandbox.State.STARTING
READY = Sandbox.State.READY
ALWAYS = Q()
# In the cache while a refill is queued that has not begun; for a while only, as it may be lost.
REFILL_QUEUED, REFILL_SECONDS = "sandboxes:refill-queued", 5


def move_sandbox(
    sandbox: Sandbox,
    *,
    from_states: Iterable[str],
    to: str,
    reason: str = "",
    only: Q = ALWAYS,
    **fields: Any,
) -> bool:
    """Move a sandbox to a state, tell the student's pages, and return whether it moved.

    It does not when it is in none of `from_states` any more, or `only` no longer holds.
    """
    changes = {"state": to, "reason": reason, "changed_at": timezone.now(), **fields}
    rows = Sandbox.objects.filter(only, pk=sandbox.pk, state__in=list(from_states))
    moved = rows.update(**changes) == 1
    if moved:
        for name, value in changes.items():
            setattr(sandbox, name, value)
        announce(sandbox)
    return moved


def mark_ready(sandbox: Sandbox, *, reason: str = "") -> bool:
    """Let the student type, and have the registry brought where a machine can use it.

    The clock starts when a sandbox is ready for the first time. Returns False where a machine was
    lost meanwhile: none is ready without all that its lesson asks for.
    """
    now = timezone.now()
    first, end = sandbox.ready_at is None, now + lifetime()
    fields: dict[str, Any] = {"ready_at": now} if first else {}
    with transaction.atomic():
        moved = move_sandbox(
            sandbox,
            from_states=(REQUESTED, STARTING),
            to=READY,
            reason="" if reason in reasons.ON_ITS_WAY else reason,
            only=has_machines(len(sandbox.requested_machines)),
            active_at=now,
            **fields,
        )
        # The row may have been extended since it was read.
        if moved and first:
            Sandbox.objects.filter(pk=sandbox.pk, expires_at__lt=end).update(expires_at=end)
            sandbox.refresh_from_db(fields=["expires_at"])
    types = map(machine_type, sandbox.machine_types)
    if moved and settings.REGISTRY and any(each.can_join_registry for each in types):
        queue_for(sandbox, "sandboxes.join_registry")
    if moved and has_several_machines(sandbox.user_id):
        queue_task("sandboxes.share_disks", sandbox.user_id)
    return moved


def has_several_machines(user_id: int) -> bool:
    """Whether a student has more than one machine, in all sandboxes together."""
    machines = Machine.objects.filter(sandbox__user=user_id, state__in=Machine.ACTIVE_STATES)
    return len(machines.values_list("pk")[:2]) > 1


def has_machines(count: int) -> Q:
    """Return a condition on a sandbox's row: it has so many machines that run."""
    claimed = Machine.objects.filter(sandbox=OuterRef("pk"), state=Machine.State.CLAIMED)
    counts = claimed.order_by().values("sandbox").annotate(count=Count("pk")).values("count")
    return Q(GreaterThanOrEqual(Coalesce(Subquery(counts), 0), count))


def tell_to_wait(sandbox: Sandbox, *, reason: str) -> None:
    """Tell the student of a requested sandbox why it is not its turn yet."""
    rows = Sandbox.objects.filter(pk=sandbox.pk, state=REQUESTED).exclude(reason=reason)
    if rows.update(reason=reason):
        announce(sandbox)


def requeue_sandbox(sandbox: Sandbox) -> None:
    """Put a starting sandbox back into the queue, at its old place, without what starts."""
    with transaction.atomic():
        if move_sandbox(sandbox, from_states=(STARTING,), to=REQUESTED, reason=reasons.WAITING):
            retire_machines(sandbox, states=(Machine.State.STARTING,))


def fail_sandbox(sandbox: Sandbox, *, reason: str) -> bool:
    """End a sandbox that can't be had. `reason` is for the student and says what to do."""
    with transaction.atomic():
        moved = move_sandbox(
            sandbox,
            from_states=Sandbox.ENDABLE_STATES,
            to=Sandbox.State.FAILED,
            reason=reason,
        )
        if moved:
            retire_machines(sandbox)
    return moved


def take_over(row: Sandbox | Machine) -> bool:
    """Take over a stale row; False when somebody else did, or it has moved on."""
    now = timezone.now()
    rows = type(row)._default_manager.filter(pk=row.pk, state=row.state, changed_at=row.changed_at)
    return rows.update(changed_at=now) == 1


def move_machine(machine: Machine, *, from_states: Iterable[str], to: str, **fields: Any) -> bool:
    """Move a machine to a state; False when it is in none of `from_states` any more."""
    changes = {"state": to, "changed_at": timezone.now(), **fields}
    rows = Machine.objects.filter(pk=machine.pk, state__in=list(from_states))
    moved = rows.update(**changes) == 1
    if moved:
        for name, value in changes.items():
            setattr(machine, name, value)
    return moved


def claim_first(candidates: QuerySet[Machine], *, sandbox: Sandbox, name: str) -> bool:
    """Give the oldest of `candidates` to a sandbox in one UPDATE.

    Returns False when there is none, or somebody was quicker.
    """
    # Where the database locks rows, one that somebody else is taking is passed over.
    free = candidates.select_for_update(skip_locked=True).order_by("created_at")
    oldest = Subquery(free.values("pk")[:1])
    rows = Machine.objects.filter(pk=oldest, state=Machine.State.POOLED)
    changes = {"state": Machine.State.CLAIMED, "sandbox": sandbox, "name": name}
    return rows.update(**changes, changed_at=timezone.now()) == 1


def retire_machine(machine: Machine, *, from_states: Iterable[str] = Machine.ACTIVE_STATES) -> bool:
    """Give a machine up: it will be removed. Its name in the sandbox is free again."""
    name = f"{machine.name[:50]}~{machine.pk.hex[:8]}" if machine.name else ""
    moved = move_machine(machine, from_states=from_states, to=Machine.State.REMOVING, name=name)
    if moved:
        queue_for(machine, "sandboxes.remove_machine")
    return moved


def retire_machines(sandbox: Sandbox, *, states: Iterable[str] = Machine.ACTIVE_STATES) -> None:
    """Give up a sandbox's machines."""
    for machine in sandbox.machines.filter(state__in=states):
        retire_machine(machine, from_states=states)


def machine_stopped(machine: Machine) -> bool:
    """Start a claimed machine whose container does not run again: its files are there."""
    with transaction.atomic():
        machine.refresh_from_db()  # whoever noticed may have read the row before it was claimed
        moved = move_machine(machine, from_states=(Machine.State.CLAIMED,), to=Machine.State.PARKED)
        sandbox = machine.sandbox
        if (
            moved
            and sandbox
            and move_sandbox(sandbox, from_states=(READY,), to=STARTING, reason=reasons.STOPPED)
        ):
            queue_for(sandbox, "sandboxes.provision")
    return moved


def machine_lost(machine: Machine) -> bool:
    """Replace a machine whose container is gone, and put the last kept home back.

    A parked sandbox gets its new machine when it is woken.
    """
    state = Machine.State
    with transaction.atomic():
        machine.refresh_from_db()  # whoever noticed may have read the row before it was claimed
        moved = retire_machine(machine, from_states=(state.POOLED, state.CLAIMED, state.PARKED))
        if moved and machine.sandbox:
            replace_machines(machine.sandbox)
    return moved


def replace_machines(sandbox: Sandbox) -> None:
    """Get fresh machines, with the last kept home, for a sandbox that lacks some.

    One that is starting may be just about to be ready: whoever starts it finds what it lacks.
    """
    Sandbox.objects.filter(pk=sandbox.pk).update(ready_at=None)
    if move_sandbox(sandbox, from_states=(READY, STARTING), to=STARTING, reason=reasons.LOST):
        queue_for(sandbox, "sandboxes.provision")


def queue_for(row: Sandbox | Machine, task: str) -> None:
    """Queue a task that takes a row's id, once the change to the row is committed."""
    queue_task(task, str(row.pk))


def advance_queue() -> None:
    """Let those at the front of the queue try, and fill the pool."""
    for sandbox in waiting_sandboxes()[: settings.START_CONCURRENCY]:
        queue_for(sandbox, "sandboxes.provision_waiting")
    queue_refill()


def queue_refill() -> None:
    """Have the pool looked after, once for all who ask before a worker comes to it."""

    def send() -> None:
        if cache.add(REFILL_QUEUED, 1, REFILL_SECONDS):
            send_task("sandboxes.refill")

    transaction.on_commit(send)


def announce(sandbox: Sandbox) -> None:
    """Tell the student's open pages how the sandbox stands, once that is committed."""

    def publish() -> None:
        payload = read_payload(Sandbox.objects.filter(pk=sandbox.pk))
        if payload is not None:
            events.publish(user_id=sandbox.user_id, kind="sandbox", payload={"sandbox": payload})

    transaction.on_commit(publish)
