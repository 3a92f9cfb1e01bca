"""Take a sandbox from its request to the moment at which its student may type.

Everything may be run twice, at the same time, and after a worker that was killed half-way: it looks
at the rows, does what is missing and lets transitions.py decide who was first. EngineUnavailable
means "later": the rows stay as they are, and maintenance/reconciler.py comes back to them.
"""

import logging
from collections.abc import Sequence

from django.db import transaction

from sandboxes import homes, lifecycle, reasons
from sandboxes.errors import (
    EngineError,
    EngineUnavailable,
    ImageMissing,
    MachineMissing,
    MachineTypeRefused,
    NoRoom,
)
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.pool import claims
from sandboxes.provisioning import boot, networks, setup
from sandboxes.provisioning.image_builds import is_being_built
from sandboxes.setup_scripts import SetupScript
from sandboxes.transitions import (
    advance_queue,
    announce,
    fail_sandbox,
    mark_ready,
    move_sandbox,
    retire_machine,
    retire_machines,
)

logger = logging.getLogger(__name__)

REQUESTED, STARTING = Sandbox.State.REQUESTED, Sandbox.State.STARTING


def provision_sandbox(sandbox: Sandbox, *, setup_scripts: Sequence[SetupScript] = ()) -> None:
    """Take a requested or starting sandbox as far as it goes now."""
    try:
        start_sandbox(sandbox, setup_scripts)
    except EngineUnavailable as error:
        logger.warning("sandbox %s waits for the engine: %s", sandbox.pk, error)
    except NoRoom as error:
        logger.warning("sandbox %s found no room: %s", sandbox.pk, error)
        # Back into the queue, at the old place.
        with transaction.atomic():
            if move_sandbox(sandbox, from_states=(STARTING,), to=REQUESTED, reason=reasons.WAITING):
                retire_machines(sandbox, states=(Machine.State.STARTING,))
    except ImageMissing:
        if any(is_being_built(kind) for kind in sandbox.machine_types):
            tell_to_wait(sandbox, reasons.IMAGE_UNDER_WAY)
        else:
            fail_sandbox(sandbox, reason=reasons.NO_IMAGE)
    except MachineTypeRefused as error:
        fail_sandbox(sandbox, reason=str(error))
    except EngineError:
        logger.exception("sandbox %s failed", sandbox.pk)
        fail_sandbox(sandbox, reason=reasons.FAILED_TO_START)


def start_sandbox(sandbox: Sandbox, setup_scripts: Sequence[SetupScript]) -> None:
    """Boot what is missing, bring it together, set it up, and let the student in.

    Somebody who waits longer for the same type of machine comes first.

    Raises EngineError.
    """
    if sandbox.state == REQUESTED and claims.others_wait(sandbox):
        tell_to_wait(sandbox, reasons.WAITING)
        return
    find_images(sandbox)
    # A machine that does not come up, or is lost, is replaced once before the sandbox fails.
    for last_try in (False, True):
        if sandbox.state not in (REQUESTED, STARTING):
            return
        if not claim_what_is_missing(sandbox, needs_setup=bool(setup_scripts)):
            return
        if boot_machines(sandbox, last_try=last_try) and (
            not sandbox.has_several_machines or networks.join_sandbox(sandbox)
        ):
            break
    if setup_scripts and not setup.run_setup_scripts(sandbox, setup_scripts):
        return
    reason = restore_homes(sandbox) if sandbox.ready_at is None else sandbox.reason
    if mark_ready(sandbox, reason=reason):
        advance_queue()


def find_images(sandbox: Sandbox) -> None:
    """Ask hosts about types that no host is known to have an image of.

    Raises ImageMissing when none has one.
    """
    hosts = list(Host.objects.filter(accepting=True))
    for kind in sandbox.machine_types:
        if any(claims.image_of(host, kind) for host in hosts):
            continue
        for host in hosts:
            claims.refresh_images(host, [kind])
        if hosts and not any(claims.image_of(host, kind) for host in hosts):
            raise ImageMissing(kind)


def claim_what_is_missing(sandbox: Sandbox, *, needs_setup: bool) -> bool:
    """Claim the machines that a sandbox lacks, new ones too, and return whether it has all.

    False: it is not its turn yet, or not any more.
    """
    active = sandbox.machines.filter(state__in=Machine.ACTIVE_STATES).count()
    reason = sandbox.reason
    if sandbox.state == STARTING:
        if active == len(sandbox.requested_machines):
            return True
    else:
        restores_home = homes.has_homes(sandbox)
        reason = reasons.starting_reason(restores_home=restores_home, needs_setup=needs_setup)
    with transaction.atomic():
        claimed = claims.claim_machines(sandbox, may_create=True) and move_sandbox(
            sandbox, from_states=(REQUESTED, STARTING), to=STARTING, reason=reason
        )
        if not claimed:
            transaction.set_rollback(True)
    if not claimed:
        claims.make_room(sandbox)
        tell_to_wait(sandbox, reasons.WAITING)
    return claimed


def boot_machines(sandbox: Sandbox, *, last_try: bool) -> bool:
    """Start what is not running.

    Returns False when a machine had to be retired, unless this is the last try: then it raises
    EngineError.
    """
    stopped = (Machine.State.STARTING, Machine.State.PARKED)
    for machine in sandbox.machines.select_related("host").filter(state__in=stopped):
        try:
            if machine.state == Machine.State.STARTING:
                boot.boot(machine)
            else:
                boot.wake(machine)
        except (EngineUnavailable, NoRoom, MachineTypeRefused):
            raise
        except MachineMissing:
            lifecycle.machine_lost(machine)
            return False
        except EngineError:
            retire_machine(machine)
            if last_try:
                raise
            logger.exception("machine %s is retired", machine.pk)
            return False
    return True


def restore_homes(sandbox: Sandbox) -> str:
    """Put homes back into machines that never were ready; return what to tell the student."""
    claimed = sandbox.machines.select_related("host", "sandbox").filter(state=Machine.State.CLAIMED)
    try:
        restored = [homes.restore_home(machine) for machine in claimed]
    except EngineUnavailable:
        raise
    except EngineError:
        logger.exception("sandbox %s: home not restored", sandbox.pk)
        return reasons.HOME_NOT_RESTORED
    return reasons.HOME_RESTORED if any(restored) else ""


def tell_to_wait(sandbox: Sandbox, reason: str) -> None:
    """Tell a sandbox's student why it is not its turn yet."""
    rows = Sandbox.objects.filter(pk=sandbox.pk, state=REQUESTED).exclude(reason=reason)
    if rows.update(reason=reason):
        announce(sandbox)
