"""Ages sandboxes and takes over what somebody left half-done. Beat runs it every few seconds, so each step is a query
that usually finds nothing."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from core.task_queue import queue_task
from sandboxes import lifecycle
from sandboxes.models import Machine, Sandbox
from sandboxes.provisioning.provisioner import advance_queue
from sandboxes.queries import HERE, waiting_sandboxes
from sandboxes.transitions import M, S, announce, retire_machine, touch_changed

# A worker that has not moved a row on for this long is taken for dead. Taking over from one that lives is safe.
STALE_AFTER = timedelta(seconds=15)
OVER = (S.GONE, S.FAILED)


def reconcile() -> None:
    """Everything that time or a lost task asks for."""
    end_expired()
    park_idle()
    take_over_sandboxes()
    take_over_machines()
    retire_orphans()
    replace_missing()
    stop_parked()
    advance_queue()
    tell_waiting()


def end_expired() -> None:
    """End the sandboxes whose time is up."""
    for sandbox in Sandbox.objects.filter(state__in=lifecycle.ENDABLE, expires_at__lte=timezone.now()):
        lifecycle.end_sandbox(sandbox=sandbox, reason=lifecycle.ENDED_BY_TIME)


def park_idle() -> None:
    """Park the sandboxes in which nobody typed for SANDBOX_IDLE_MINUTES."""
    idle_since = timezone.now() - timedelta(minutes=settings.SANDBOX_IDLE_MINUTES)
    for sandbox in Sandbox.objects.filter(state=S.READY, active_at__lte=idle_since):
        lifecycle.park_sandbox(sandbox)


def take_over_sandboxes() -> None:
    """Queue again what should have moved on long ago."""
    tasks = {S.STARTING: "sandboxes.provision", S.ENDING: "sandboxes.finish"}
    for sandbox in Sandbox.objects.filter(state__in=tasks, changed_at__lte=_stale()):
        if touch_changed(sandbox):
            queue_task(tasks[S(sandbox.state)], str(sandbox.pk))


def take_over_machines() -> None:
    """The same for machines: those of the pool being started, and all being removed."""
    tasks = {M.STARTING: "sandboxes.bring_up", M.REMOVING: "sandboxes.remove_machine"}
    starting, removing = Q(state=M.STARTING, sandbox=None), Q(state=M.REMOVING)
    for machine in Machine.objects.filter(starting | removing, changed_at__lte=_stale()):
        if touch_changed(machine):
            queue_task(tasks[M(machine.state)], str(machine.pk))


def retire_orphans() -> None:
    """Give up machines whose sandbox is over, or was deleted together with its user."""
    deleted = Q(sandbox=None, state__in=(M.CLAIMED, M.PARKED))
    over = Q(sandbox__state__in=OVER, state__in=HERE)
    for machine in Machine.objects.filter(deleted | over):
        retire_machine(machine)


def replace_missing() -> None:
    """Replace the machines that a ready sandbox lacks, however it came to that."""
    here = Count("machines", filter=Q(machines__state__in=HERE))
    ready = Sandbox.objects.filter(state=S.READY, changed_at__lte=_stale()).annotate(here=here)
    for sandbox in ready:
        if sandbox.here < len(sandbox.machines_wanted):
            lifecycle.replace_machines(sandbox)


def stop_parked() -> None:
    """Stop machines that run on in a parked sandbox because the task was lost."""
    running = Machine.objects.filter(state=M.CLAIMED, sandbox__state=S.PARKED, sandbox__changed_at__lte=_stale())
    for sandbox_id in set(running.values_list("sandbox_id", flat=True)):
        queue_task("sandboxes.stop", str(sandbox_id))


def tell_waiting() -> None:
    """Tell those in the queue where they stand now."""
    for sandbox in waiting_sandboxes():
        announce(sandbox)


def _stale() -> datetime:
    return timezone.now() - STALE_AFTER
