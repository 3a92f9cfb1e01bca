"""Do with a sandbox what pages, API, admin and tasks ask for.

Nothing here talks to an engine: what takes time is queued on commit (see provisioning/), and a lost
task is found by maintenance/reconciler.py. The states themselves are changed by transitions.py.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from core import audit
from core.task_queue import queue_task
from sandboxes import homes, reasons
from sandboxes.errors import LifetimeReached, WrongState
from sandboxes.models import Machine, Sandbox
from sandboxes.pool import claims
from sandboxes.queries import (
    idle_since,
    lifetime,
    lifetime_end,
    live_sandbox,
    parking_notice_since,
)
from sandboxes.setup_scripts import SetupScript, untried_scripts
from sandboxes.transitions import (
    ALWAYS,
    announce,
    mark_ready,
    move_sandbox,
    queue_refill,
    retire_machines,
)

REQUESTED, STARTING = Sandbox.State.REQUESTED, Sandbox.State.STARTING
READY, PARKED = Sandbox.State.READY, Sandbox.State.PARKED


def request_sandbox(
    *,
    user: AbstractUser,
    lesson_key: str,
    machines: Sequence[Mapping[str, str]],
    setup_scripts: Sequence[SetupScript] = (),
) -> Sandbox:
    """Return the user's live sandbox for the lesson, or make a new one.

    A new one is ready at once when machines of the pool are there and nothing has to be done in
    them first, else on its way. `machines` is the lesson's list of {"name", "kind"},
    `setup_scripts` what its exercises need done in them for this user.
    """
    live = live_sandbox(user, lesson_key)
    if live is not None:
        return live
    now = timezone.now()
    try:
        # One transaction, so that nobody queues behind a row that is about to get a machine.
        with transaction.atomic():
            sandbox = Sandbox.objects.create(
                user_id=user.pk,
                lesson_key=lesson_key,
                requested_machines=[dict(machine) for machine in machines],
                changed_at=now,
                active_at=now,
                expires_at=now + lifetime(),
                reason=reasons.STARTING,
            )
            return claim_or_queue(sandbox, setup_scripts)
    except IntegrityError:  # a double click: the other request made it
        live = live_sandbox(user, lesson_key)
        if live is None:
            raise
        return live


def claim_or_queue(sandbox: Sandbox, setup_scripts: Sequence[SetupScript]) -> Sandbox:
    """Claim machines of the pool in this very request, and queue what can't be done at once.

    A worker makes machines, puts a home back, runs setup scripts, and brings several machines
    together.
    """
    restores_home = sandbox.ready_at is None and homes.expects_home(sandbox)
    needs_setup = bool(setup_scripts)
    unfinished = restores_home or needs_setup or sandbox.has_several_machines
    reason = sandbox.reason
    if reason == reasons.STARTING:
        reason = reasons.starting_reason(restores_home=restores_home, needs_setup=needs_setup)
    claimed = False
    if not claims.others_wait(sandbox):
        with transaction.atomic():
            claimed = claims.claim_machines(sandbox, may_create=False) and (
                move_sandbox(sandbox, from_states=(REQUESTED, STARTING), to=STARTING, reason=reason)
                if unfinished
                else mark_ready(sandbox, reason=reason)
            )
            if not claimed:
                transaction.set_rollback(True)
    if unfinished or not claimed:
        queue_task("sandboxes.provision", str(sandbox.pk))
    if claimed:
        queue_refill()
    return sandbox


def extend_sandbox(*, sandbox: Sandbox) -> Sandbox:
    """Push the end back by SANDBOX_EXTENSION_MINUTES, as far as the longest lifetime allows.

    Whoever gets an answer has the time: an end that time asked for looks at the clock once more in
    the UPDATE that begins it. Raises LifetimeReached, WrongState.
    """
    now, latest = timezone.now(), lifetime_end(sandbox)
    if sandbox.expires_at >= latest or latest <= now:
        raise LifetimeReached("Your machine can't be kept any longer.")
    extension = timedelta(minutes=settings.SANDBOX_EXTENSION_MINUTES)
    expires_at = min(max(sandbox.expires_at, now) + extension, latest)
    rows = Sandbox.objects.filter(
        pk=sandbox.pk, state__in=Sandbox.ENDABLE_STATES, expires_at=sandbox.expires_at
    )
    if rows.update(expires_at=expires_at) != 1:
        raise WrongState("Your machine has ended, or was extended a moment ago.")
    sandbox.expires_at = expires_at
    announce(sandbox)
    return sandbox


def reset_sandbox(*, sandbox: Sandbox, setup_scripts: Sequence[SetupScript] = ()) -> Sandbox:
    """Replace all machines by fresh ones, and put no home folder back, however old.

    Raises WrongState.
    """
    with transaction.atomic():
        if not move_sandbox(
            sandbox, from_states=(READY, PARKED), to=STARTING, reason=reasons.RESET
        ):
            raise WrongState("A machine can be reset once it is running or asleep.")
        retire_machines(sandbox)
        transaction.on_commit(lambda: homes.forget_homes(sandbox))
    return claim_or_queue(sandbox, setup_scripts)


def park_sandbox(sandbox: Sandbox) -> bool:
    """Stop an idle sandbox and keep its machines' disks."""
    parked = move_sandbox(
        sandbox,
        from_states=(READY,),
        to=PARKED,
        reason=reasons.PARKED_IDLE,
        only=Q(active_at__lte=idle_since()),
    )
    if parked:
        queue_task("sandboxes.stop", str(sandbox.pk))
    return parked


def wake_sandbox(*, sandbox: Sandbox) -> Sandbox:
    """Start a parked sandbox again. Waking what runs is no error. Raises WrongState."""
    if move_sandbox(
        sandbox,
        from_states=(PARKED,),
        to=STARTING,
        reason=reasons.WAKING,
        active_at=timezone.now(),
    ):
        queue_task("sandboxes.provision", str(sandbox.pk))
        return sandbox
    sandbox.refresh_from_db()
    if sandbox.state not in (REQUESTED, STARTING, READY):
        raise WrongState("Your machine has ended.")
    return sandbox


def retry_setup(*, sandbox: Sandbox, setup_scripts: Sequence[SetupScript]) -> Sandbox:
    """Try the setup scripts that failed or were never tried, in the machines as they are.

    With nothing to try this is no error. Raises WrongState.
    """
    if sandbox.state not in (STARTING, READY):
        raise WrongState("A machine can be prepared again once it is running.")
    with transaction.atomic():
        forgotten = 0
        for machine in sandbox.machines.filter(state=Machine.State.CLAIMED):
            results = machine.setup_results.items()
            done = {slug: result for slug, result in results if result == Machine.SETUP_DONE}
            rows = Machine.objects.filter(pk=machine.pk).exclude(setup_results=done)
            forgotten += rows.update(setup_results=done)
        if (forgotten or untried_scripts(sandbox, setup_scripts)) and move_sandbox(
            sandbox, from_states=(READY,), to=STARTING, reason=reasons.PREPARING_AGAIN
        ):
            queue_task("sandboxes.provision", str(sandbox.pk))
    return sandbox


def end_sandbox(
    *,
    sandbox: Sandbox,
    reason: str = reasons.ENDED_BY_STUDENT,
    only: Q = ALWAYS,
    by: AbstractUser | None = None,
) -> Sandbox:
    """Keep the home folder and remove the machines. Ending what has ended is no error.

    Nothing ends when `only` does not hold any more. `by` is who ends somebody else's, for the audit
    log.
    """
    before = sandbox.state
    with transaction.atomic():
        moved = move_sandbox(
            sandbox,
            from_states=Sandbox.ENDABLE_STATES,
            to=Sandbox.State.ENDING,
            reason=reason,
            only=only,
        )
        if moved and by is not None:
            entry = audit.entry(
                actor=by,
                action="sandboxes.end",
                target=sandbox,
                before={"state": before},
                after={"state": sandbox.state},
                reason=reason,
            )
            audit.record([entry])
    if moved:
        queue_task("sandboxes.finish", str(sandbox.pk))
    else:
        sandbox.refresh_from_db()
    return sandbox


def touch_sandbox(*, sandbox: Sandbox) -> None:
    """Push the idle clock back: somebody types, or something runs.

    Pages that have announced that it will be parked are told that it won't.
    """
    now = timezone.now()
    ready = Sandbox.objects.filter(pk=sandbox.pk, state=READY)
    if ready.filter(active_at__lte=parking_notice_since()).update(active_at=now):
        sandbox.active_at = now
        announce(sandbox)
    elif ready.update(active_at=now):
        sandbox.active_at = now


def touch_machine(machine_id: str) -> None:
    """Push the idle clock of a machine's sandbox back."""
    machine = Machine.objects.select_related("sandbox").filter(pk=machine_id).first()
    if machine and machine.sandbox:
        touch_sandbox(sandbox=machine.sandbox)


def keep_sandbox_awake(*, sandbox: Sandbox) -> Sandbox:
    """Push the idle clock back because the student says so. Raises WrongState."""
    touch_sandbox(sandbox=sandbox)
    sandbox.refresh_from_db()
    if sandbox.state != READY:
        raise WrongState("This sandbox is not running.")
    return sandbox
