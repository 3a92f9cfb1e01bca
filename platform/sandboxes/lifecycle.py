"""What may be done with a sandbox. Pages, API, admin and tasks call these; states.py writes what they decide.

Nothing here talks to an engine: what takes time is queued on commit (see provisioning.py), and a lost task is found by
reconcile.py.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from core.task_queue import queue_task
from sandboxes import homes
from sandboxes.errors import LifetimeReached, WrongState
from sandboxes.models import Machine, Sandbox
from sandboxes.pool import claims
from sandboxes.provisioning import setup_scripts
from sandboxes.queries import HERE, lifetime_end, live_sandbox
from sandboxes.registry.services import queue_registry_join
from sandboxes.transitions import (
    M,
    S,
    announce,
    forget_unprepared,
    move_machine,
    move_sandbox,
    retire_machine,
)

ENDABLE = (S.REQUESTED, S.STARTING, S.READY, S.PARKED)

WAITING = "You are in the queue. Your machine starts as soon as it is your turn."
STARTING = "Your machine is starting."
PREPARING = "Your machine is starting, and is being prepared for this lesson's exercises."
PREPARING_AGAIN = "Your machine is being prepared once more. What runs in it goes on."
RESTORING = "Your machine is starting, and your home folder from last time is being put back."
RESET = "This is a fresh machine. The old one and its home folder are gone."
PARKED_IDLE = "Nobody typed for a while, so the machine was stopped. Its files are kept; wake it to go on."
WAKING = "Your machine is being started again. Its files are as you left them; the shell is a new one."
ENDED_BY_STUDENT = "You ended this sandbox."
ENDED_BY_TIME = "The time of this sandbox was up."
ENDED_BY_STOP = "The platform was stopped."
STOPPED = "Your machine had stopped and is being started again. Its files are there; the shell is a new one."
LOST = "Your machine was lost and is being replaced by a fresh one, with the home folder that was kept last."


class _NotAllTaken(Exception):
    """Rolls a transaction back."""


# --- What a student does ----------------------------------------------------------------------------------------------


def request_sandbox(*, user: AbstractUser, lesson_key: str, machines: Sequence[Mapping[str, str]]) -> Sandbox:
    """The user's live sandbox for the lesson, or a new one: ready at once when warm machines are there and no home has
    to be put back, else on its way. `machines` is the lesson's list of {"name", "kind"}."""
    live = live_sandbox(user, lesson_key)
    if live is not None:
        return live
    try:
        with transaction.atomic():  # one, so that nobody queues behind a row that is about to get a warm machine
            return _claim_or_queue(_insert(user, lesson_key, machines))
    except IntegrityError:  # a double click: the other request made it
        live = live_sandbox(user, lesson_key)
        if live is None:
            raise
        return live


def _insert(user: AbstractUser, lesson_key: str, machines: Sequence[Mapping[str, str]]) -> Sandbox:
    now = timezone.now()
    return Sandbox.objects.create(
        user_id=user.pk,
        lesson_key=lesson_key,
        machines_wanted=[dict(machine) for machine in machines],
        changed_at=now,
        active_at=now,
        expires_at=now + lifetime(),
        reason=STARTING,
    )


def _claim_or_queue(sandbox: Sandbox) -> Sandbox:
    """Take warm machines in this very request; whatever can't be done at once is a worker's: to put a home back, to run
    setup scripts, and to bring several machines together."""
    restore = sandbox.ready_at is None and homes.has_homes(sandbox)
    prepare = bool(setup_scripts.wanted(sandbox))
    unfinished = restore or prepare or sandbox.has_several_machines
    words = _on_its_way(restore, prepare) if sandbox.reason == STARTING else sandbox.reason
    taken = not claims.others_wait(sandbox) and _take_warm(sandbox, unfinished=unfinished, reason=words)
    if unfinished or not taken:
        queue_task("sandboxes.provision", str(sandbox.pk))
    if taken:
        queue_task("sandboxes.refill")
    return sandbox


def _take_warm(sandbox: Sandbox, *, unfinished: bool, reason: str) -> bool:
    try:
        with transaction.atomic():
            if not claims.take_machines(sandbox, may_start=False):
                raise _NotAllTaken
            if not (begin_finishing if unfinished else mark_ready)(sandbox, reason=reason):
                raise _NotAllTaken
    except _NotAllTaken:
        return False
    return True


def extend_sandbox(*, sandbox: Sandbox) -> Sandbox:
    """Push the end back by SANDBOX_EXTENSION_MINUTES, as far as SANDBOX_LIFETIME_MAX_MINUTES allows. Raises
    LifetimeReached, WrongState."""
    latest = lifetime_end(sandbox)
    if sandbox.expires_at >= latest:
        raise LifetimeReached("This sandbox can't be extended any further.")
    longer = min(sandbox.expires_at + timedelta(minutes=settings.SANDBOX_EXTENSION_MINUTES), latest)
    rows = Sandbox.objects.filter(pk=sandbox.pk, state__in=ENDABLE, expires_at=sandbox.expires_at)
    if rows.update(expires_at=longer) != 1:
        raise WrongState("This sandbox has ended, or was extended a moment ago.")
    sandbox.expires_at = longer
    announce(sandbox)
    return sandbox


def reset_sandbox(*, sandbox: Sandbox) -> Sandbox:
    """Fresh machines; the home folder, the one kept from earlier included, is not put back. Raises WrongState."""
    with transaction.atomic():
        if not move_sandbox(sandbox, frm=(S.READY, S.PARKED), to=S.STARTING, reason=RESET):
            raise WrongState("Only a sandbox that is ready or parked can be reset.")
        retire_machines(sandbox)
        transaction.on_commit(lambda: homes.forget_homes(sandbox))
    return _claim_or_queue(sandbox)


def wake_sandbox(*, sandbox: Sandbox) -> Sandbox:
    """Start a parked sandbox again. Waking what runs is no error. Raises WrongState."""
    if move_sandbox(sandbox, frm=(S.PARKED,), to=S.STARTING, reason=WAKING, active_at=timezone.now()):
        queue_task("sandboxes.provision", str(sandbox.pk))
        return sandbox
    sandbox.refresh_from_db()
    if sandbox.state not in (S.REQUESTED, S.STARTING, S.READY):
        raise WrongState("This sandbox has ended.")
    return sandbox


def prepare_again(*, sandbox: Sandbox) -> Sandbox:
    """Try the setup scripts that failed, or were never tried, in the machines as they are. With nothing to try this is
    no error. Raises WrongState."""
    if sandbox.state not in (S.STARTING, S.READY):
        raise WrongState("Only the machines of a sandbox that is ready can be prepared again.")
    with transaction.atomic():
        failed = [forget_unprepared(machine) for machine in sandbox.machines.filter(state=M.CLAIMED)]
        wanting = any(failed) or bool(setup_scripts.untried(sandbox))
        if wanting and move_sandbox(sandbox, frm=(S.READY,), to=S.STARTING, reason=PREPARING_AGAIN):
            queue_task("sandboxes.provision", str(sandbox.pk))
    return sandbox


def end_sandbox(*, sandbox: Sandbox, reason: str = ENDED_BY_STUDENT) -> Sandbox:
    """Keep the home folder and remove the machines. Ending what has ended is no error."""
    if move_sandbox(sandbox, frm=ENDABLE, to=S.ENDING, reason=reason):
        queue_task("sandboxes.finish", str(sandbox.pk))
    else:
        sandbox.refresh_from_db()
    return sandbox


def touch_sandbox(*, sandbox: Sandbox) -> None:
    """The student is there: push the idle clock back."""
    now = timezone.now()
    if Sandbox.objects.filter(pk=sandbox.pk, state=S.READY).update(active_at=now):
        sandbox.active_at = now


# --- What workers do --------------------------------------------------------------------------------------------------


def begin_starting(sandbox: Sandbox) -> bool:
    """It is this sandbox's turn: take warm machines and open rows for new ones. False: not yet, or not any more."""
    words = _on_its_way(homes.has_homes(sandbox), bool(setup_scripts.wanted(sandbox)))
    reason = sandbox.reason if sandbox.state == S.STARTING else words
    try:
        with transaction.atomic():
            taken = claims.take_machines(sandbox, may_start=True)
            if not (taken and move_sandbox(sandbox, frm=(S.REQUESTED, S.STARTING), to=S.STARTING, reason=reason)):
                raise _NotAllTaken
    except _NotAllTaken:
        claims.make_room(sandbox)
        say_waiting(sandbox)
        return False
    return True


def say_waiting(sandbox: Sandbox, reason: str = WAITING) -> None:
    """It is not this sandbox's turn yet, or what `reason` says."""
    if Sandbox.objects.filter(pk=sandbox.pk, state=S.REQUESTED).exclude(reason=reason).update(reason=reason):
        announce(sandbox)


def begin_finishing(sandbox: Sandbox, *, reason: str) -> bool:
    """All machines are there; a worker does the rest."""
    return move_sandbox(sandbox, frm=(S.REQUESTED, S.STARTING), to=S.STARTING, reason=reason)


def _on_its_way(restore: bool, prepare: bool) -> str:
    return RESTORING if restore else PREPARING if prepare else STARTING


def mark_ready(sandbox: Sandbox, *, reason: str = "") -> bool:
    """The student may type. The clock starts when a sandbox is ready for the first time."""
    now = timezone.now()
    fields: dict[str, Any] = {"active_at": now}
    if sandbox.ready_at is None:
        fields |= {"ready_at": now, "expires_at": max(sandbox.expires_at, now + lifetime())}
    shown = "" if reason in (STARTING, PREPARING, PREPARING_AGAIN) else reason
    won = move_sandbox(sandbox, frm=(S.REQUESTED, S.STARTING), to=S.READY, reason=shown, **fields)
    if won:
        queue_registry_join(sandbox)
    return won


def requeue_sandbox(sandbox: Sandbox) -> bool:
    """The engine had no room after all: back into the queue, at the old place."""
    with transaction.atomic():
        moved = move_sandbox(sandbox, frm=(S.STARTING,), to=S.REQUESTED, reason=WAITING)
        if moved:
            retire_machines(sandbox, states=(M.STARTING,))
    return moved


def fail_sandbox(sandbox: Sandbox, *, reason: str) -> bool:
    """It can't be had. `reason` is for the student and says what to do."""
    with transaction.atomic():
        moved = move_sandbox(sandbox, frm=ENDABLE, to=S.FAILED, reason=reason)
        if moved:
            retire_machines(sandbox)
    return moved


def park_sandbox(sandbox: Sandbox) -> bool:
    """Stop an idle sandbox and keep its machines' disks."""
    idle = Q(active_at__lte=timezone.now() - timedelta(minutes=settings.SANDBOX_IDLE_MINUTES))
    parked = move_sandbox(sandbox, frm=(S.READY,), to=S.PARKED, reason=PARKED_IDLE, only=idle)
    if parked:
        queue_task("sandboxes.stop", str(sandbox.pk))
    return parked


def mark_gone(sandbox: Sandbox, *, reason: str) -> bool:
    """All that was to be kept is kept; the machines may go."""
    with transaction.atomic():
        moved = move_sandbox(sandbox, frm=(S.ENDING,), to=S.GONE, reason=reason)
        if moved:
            retire_machines(sandbox)
    return moved


def machine_stopped(machine: Machine) -> bool:
    """A claimed machine's container does not run: start it again, for its files are there."""
    with transaction.atomic():
        machine.refresh_from_db()  # whoever noticed may have read the row before it was claimed
        moved = move_machine(machine, frm=(M.CLAIMED,), to=M.PARKED)
        sandbox = machine.sandbox
        if moved and sandbox and move_sandbox(sandbox, frm=(S.READY,), to=S.STARTING, reason=STOPPED):
            queue_task("sandboxes.provision", str(sandbox.pk))
    return moved


def machine_lost(machine: Machine) -> bool:
    """A machine's container is gone: replace it, and put the last kept home back. A parked sandbox gets its new machine
    when it is woken."""
    with transaction.atomic():
        machine.refresh_from_db()  # whoever noticed may have read the row before it was claimed
        moved = retire_machine(machine, frm=(M.WARM, M.CLAIMED, M.PARKED))
        if moved and machine.sandbox:
            replace_machines(machine.sandbox)
    return moved


def replace_machines(sandbox: Sandbox) -> None:
    """A sandbox lacks a machine that it had: it gets a fresh one, with the last kept home."""
    Sandbox.objects.filter(pk=sandbox.pk).update(ready_at=None)
    if move_sandbox(sandbox, frm=(S.READY,), to=S.STARTING, reason=LOST):
        queue_task("sandboxes.provision", str(sandbox.pk))


def retire_machines(sandbox: Sandbox, *, states: Sequence[str] = HERE) -> None:
    """Give up a sandbox's machines."""
    for machine in sandbox.machines.filter(state__in=states):
        retire_machine(machine, frm=states)


def lifetime() -> timedelta:
    """How long a sandbox lasts unless it is extended."""
    return timedelta(minutes=settings.SANDBOX_LIFETIME_MINUTES)
