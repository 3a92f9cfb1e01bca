"""Age sandboxes and take over what somebody left half-done.

Beat runs it every few seconds, so each step is a query that usually finds nothing.
"""

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils import timezone

from core.events import publish
from core.task_queue import queue_task
from sandboxes import lifecycle, reasons
from sandboxes.maintenance import idleness
from sandboxes.models import Machine, Sandbox
from sandboxes.pool.capacity import measure_hosts
from sandboxes.queries import waiting_payloads
from sandboxes.transitions import (
    advance_queue,
    replace_machines,
    retire_machine,
    take_over,
)

# A worker that has not moved a row on for this long is taken for dead. Taking over from one that
# lives is safe.
STALE_AFTER = timedelta(seconds=15)


def reconcile() -> None:
    """Do everything that time or a lost task asks for."""
    measure_hosts()
    end_expired()
    idleness.watch_idle()
    take_over_sandboxes()
    take_over_machines()
    retire_orphans()
    replace_missing()
    stop_parked()
    advance_queue()
    tell_waiting()


def end_expired() -> None:
    """End the sandboxes whose time is up, unless they are extended at this very moment."""
    time_is_up = Q(expires_at__lte=timezone.now())
    for sandbox in Sandbox.objects.filter(time_is_up, state__in=Sandbox.ENDABLE_STATES):
        lifecycle.end_sandbox(sandbox=sandbox, reason=reasons.ENDED_BY_TIME, only=time_is_up)


def take_over_sandboxes() -> None:
    """Queue again what should have moved on long ago."""
    tasks = {
        Sandbox.State.STARTING: "sandboxes.provision",
        Sandbox.State.ENDING: "sandboxes.finish",
    }
    for sandbox in Sandbox.objects.filter(state__in=tasks, changed_at__lte=stale_since()):
        if take_over(sandbox):
            queue_task(tasks[Sandbox.State(sandbox.state)], str(sandbox.pk))


def take_over_machines() -> None:
    """Queue again the start of stale machines of the pool, and the removal of any."""
    tasks = {
        Machine.State.STARTING: "sandboxes.bring_up",
        Machine.State.REMOVING: "sandboxes.remove_machine",
    }
    starting = Q(state=Machine.State.STARTING, sandbox=None)
    removing = Q(state=Machine.State.REMOVING)
    for machine in Machine.objects.filter(starting | removing, changed_at__lte=stale_since()):
        if take_over(machine):
            queue_task(tasks[Machine.State(machine.state)], str(machine.pk))


def retire_orphans() -> None:
    """Retire machines whose sandbox is over, or was deleted together with its user."""
    deleted = Q(sandbox=None, state__in=(Machine.State.CLAIMED, Machine.State.PARKED))
    over = Q(sandbox__state__in=Sandbox.OVER_STATES, state__in=Machine.ACTIVE_STATES)
    for machine in Machine.objects.filter(deleted | over):
        retire_machine(machine)


def replace_missing() -> None:
    """Replace the machines that a ready sandbox lacks, however it came to that."""
    active = Count("machines", filter=Q(machines__state__in=Machine.ACTIVE_STATES))
    ready = Sandbox.objects.filter(state=Sandbox.State.READY, changed_at__lte=stale_since())
    for sandbox in ready.annotate(active=active):
        if sandbox.active < len(sandbox.requested_machines):
            replace_machines(sandbox)


def stop_parked() -> None:
    """Stop machines that run on in a parked sandbox because the task was lost."""
    running = Machine.objects.filter(
        state=Machine.State.CLAIMED,
        sandbox__state=Sandbox.State.PARKED,
        sandbox__changed_at__lte=stale_since(),
    )
    for sandbox_id in set(running.values_list("sandbox_id", flat=True)):
        queue_task("sandboxes.stop", str(sandbox_id))


def tell_waiting() -> None:
    """Tell those in the queue where they stand now."""
    for sandbox, payload in waiting_payloads():
        publish(user_id=sandbox.user_id, kind="sandbox", payload={"sandbox": payload})


def stale_since() -> datetime:
    """Return the time before which a row must have changed to be taken for left behind."""
    return timezone.now() - STALE_AFTER
