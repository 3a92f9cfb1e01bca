"""What workers do on engines: bring machines up, put homes back, stop, keep homes, remove.

Every function may be run twice, at the same time, and after one that was killed half-way: it looks at the rows, does
what is missing and lets states.py decide who was first. EngineUnavailable means "later": the rows stay as they are,
and reconcile.py comes back to them.
"""

import logging

from django.conf import settings

from core.task_queue import queue_task
from sandboxes import homes, lifecycle
from sandboxes.docker_events.history import save_history
from sandboxes.engine.facts import MachineHandle, MachineSpec
from sandboxes.errors import EngineError, EngineUnavailable, ImageMissing, MachineMissing, MachineTypeRefused, NoRoom
from sandboxes.hosts import engine_for
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.pool import claims, demand, kvm
from sandboxes.provisioning import networks as joining
from sandboxes.provisioning import setup
from sandboxes.provisioning.boot import machine_spec, make_and_start, start
from sandboxes.provisioning.image_builds import being_built
from sandboxes.queries import HERE, waiting_sandboxes, wanted_kinds
from sandboxes.transitions import M, S, move_machine, retire_machine

logger = logging.getLogger(__name__)

HOSTNAME = "box"
# A machine that does not come up is replaced once before the sandbox fails.
TRIES = 2

FAILED_TO_START = "The machine could not be started. Try again; if it fails again, tell your instructor."
NO_IMAGE = "The image of this lesson's machine is missing on the platform. Please tell your instructor."
IMAGE_UNDER_WAY = "The image of this lesson's machine is being built. The machine starts as soon as it is there."
HOME_NOT_RESTORED = "Your home folder from last time could not be put back. It is still kept."
HOME_NOT_KEPT = "Your home folder could not be kept."


# --- Bringing up ------------------------------------------------------------------------------------------------------


def provision_sandbox(sandbox: Sandbox) -> None:
    """Take a requested or starting sandbox as far as it goes now."""
    try:
        if sandbox.state == S.REQUESTED and claims.others_wait(sandbox):
            lifecycle.say_waiting(sandbox)
        else:
            _provision(sandbox)
    except EngineUnavailable as error:
        logger.warning("sandbox %s waits for the engine: %s", sandbox.pk, error)
    except NoRoom as error:
        logger.warning("sandbox %s found no room: %s", sandbox.pk, error)
        lifecycle.requeue_sandbox(sandbox)
    except ImageMissing:
        if any(being_built(kind) for kind in wanted_kinds(sandbox)):
            lifecycle.say_waiting(sandbox, IMAGE_UNDER_WAY)
        else:
            lifecycle.fail_sandbox(sandbox, reason=NO_IMAGE)
    except MachineTypeRefused as error:
        lifecycle.fail_sandbox(sandbox, reason=str(error))
    except EngineError:
        logger.exception("sandbox %s failed", sandbox.pk)
        lifecycle.fail_sandbox(sandbox, reason=FAILED_TO_START)


def _provision(sandbox: Sandbox) -> None:
    _learn_images(sandbox)
    for last_try in (False, True):
        if sandbox.state not in (S.REQUESTED, S.STARTING) or not _has_all(sandbox):
            return
        if _bring_up_all(sandbox, last_try=last_try) and joining.join_sandbox(sandbox):
            break
    if setup.prepare_sandbox(sandbox):
        _hand_over(sandbox)


def _has_all(sandbox: Sandbox) -> bool:
    """Whether the sandbox has all its machines, taking those that it lacks."""
    have = sandbox.machines.filter(state__in=HERE).count()
    if sandbox.state == S.STARTING and have == len(sandbox.machines_wanted):
        return True
    return lifecycle.begin_starting(sandbox)


def _bring_up_all(sandbox: Sandbox, *, last_try: bool) -> bool:
    """Start what is not running. False when a machine had to be given up, unless this is the last try: then raises."""
    machines = sandbox.machines.select_related("host").filter(state__in=(M.STARTING, M.PARKED))
    for machine in machines:
        try:
            bring_up(machine) if machine.state == M.STARTING else _start_again(machine)
        except (EngineUnavailable, NoRoom, MachineTypeRefused):
            raise
        except MachineMissing:
            lifecycle.machine_lost(machine)
            return False
        except EngineError:
            retire_machine(machine)
            if last_try:
                raise
            logger.exception("machine %s is given up", machine.pk)
            return False
    return True


def bring_up(machine: Machine) -> bool:
    """Make and start a machine whose row is starting, and wait for its shell. False when its row has moved on."""
    engine, kind = engine_for(machine.host), machine_type(machine.kind)
    if kind.needs_userns:
        kind.refuse_on(engine.cached_info())
    handle = make_and_start(engine, _spec(machine))
    won = move_machine(
        machine,
        frm=(M.STARTING,),
        to=M.CLAIMED if machine.sandbox_id else M.WARM,
        container_id=handle.container_id,
        network_id=handle.network_id,
        socket_path=handle.socket_path,
    )
    if not won:
        _remove_if_retired(machine)
    return won


def _remove_if_retired(machine: Machine) -> None:
    """Its removal may have run before the container was there."""
    machine.refresh_from_db()
    if machine.state in (M.REMOVING, M.GONE):
        engine_for(machine.host).remove_machine(str(machine.pk))


def _start_again(machine: Machine) -> None:
    handle = MachineHandle(machine.container_id, machine.network_id, machine.socket_path)
    start(engine_for(machine.host), handle, machine.kind)
    move_machine(machine, frm=(M.PARKED,), to=M.CLAIMED)


def _spec(machine: Machine) -> MachineSpec:
    image = claims.image_of(machine.host, machine.kind)
    if image is None or image.id != machine.image:  # the kind's image has been made again since
        image = engine_for(machine.host).image(machine.image)
    return machine_spec(
        machine.kind,
        machine_id=str(machine.pk),
        image=image,
        hostname=machine.name if machine.sandbox and machine.sandbox.has_several_machines else HOSTNAME,
        transport="socket" if machine.host.transport == Host.Transport.SOCKET else "exec",
        accelerator=machine.accelerator,
    )


def _learn_images(sandbox: Sandbox) -> None:
    """Ask hosts about kinds that no host is known to have. Raises ImageMissing when none has one."""
    hosts = list(Host.objects.filter(accepting=True))
    for kind in wanted_kinds(sandbox):
        if any(claims.image_of(host, kind) for host in hosts):
            continue
        for host in hosts:
            claims.refresh_images(host, [kind])
        if hosts and not any(claims.image_of(host, kind) for host in hosts):
            raise ImageMissing(kind)


def _hand_over(sandbox: Sandbox) -> None:
    """Put homes back into machines that never were ready, then let the student in. They have joined and are prepared by
    now."""
    notice = sandbox.reason
    if sandbox.ready_at is None:
        notice = _restore(sandbox)
    if lifecycle.mark_ready(sandbox, reason=notice):
        advance_queue()


def _restore(sandbox: Sandbox) -> str:
    """What to tell the student about the homes."""
    try:
        machines = sandbox.machines.select_related("host", "sandbox").filter(state=M.CLAIMED)
        restored = [homes.restore_home(machine) for machine in machines]
    except EngineUnavailable:
        raise
    except EngineError:
        logger.exception("sandbox %s: home not restored", sandbox.pk)
        return HOME_NOT_RESTORED
    return "Your home folder from last time was put back." if any(restored) else ""


def advance_queue() -> None:
    """Let those at the front of the queue try, and fill the pool."""
    for sandbox in waiting_sandboxes()[: settings.START_CONCURRENCY]:
        queue_task("sandboxes.provision", str(sandbox.pk))
    queue_task("sandboxes.refill")


# --- Stopping, keeping, removing --------------------------------------------------------------------------------------


def stop_sandbox(sandbox: Sandbox) -> None:
    """Stop the machines of a parked sandbox. The row moves first, so that whoever wakes it knows to start it again."""
    for machine in sandbox.machines.select_related("host").filter(state=M.CLAIMED):
        if move_machine(machine, frm=(M.CLAIMED,), to=M.PARKED):
            stop_machine(machine)


def stop_machine(machine: Machine) -> None:
    """Stop a parked machine's container, and start it again if it was woken meanwhile."""
    engine = engine_for(machine.host)
    save_history(engine, machine)
    try:
        engine.stop_machine(machine.container_id)
        machine.refresh_from_db()
        if machine.state == M.CLAIMED:
            engine.start_machine(machine.container_id)
    except EngineError as error:  # the reaper compares again
        logger.warning("machine %s was not stopped: %s", machine.pk, error)


def finish_sandbox(sandbox: Sandbox) -> None:
    """Keep the homes of an ending sandbox, then let go of its machines."""
    try:
        notice = _keep_homes(sandbox)
    except EngineUnavailable as error:
        logger.warning("sandbox %s waits for the engine to keep its home: %s", sandbox.pk, error)
        return
    if lifecycle.mark_gone(sandbox, reason=f"{sandbox.reason} {notice}".strip()):
        advance_queue()


def finish_all() -> int:
    """Keep every home and let every machine go, here and now: the platform stops. Returns how many sandboxes ended.
    What the engine does not answer for stays ending, and is finished at the next start."""
    ended = list(Sandbox.objects.filter(state__in=(*lifecycle.ENDABLE, S.ENDING)))
    for sandbox in ended:
        finish_sandbox(lifecycle.end_sandbox(sandbox=sandbox, reason=lifecycle.ENDED_BY_STOP))
    return len(ended)


def _keep_homes(sandbox: Sandbox) -> str:
    """What to tell the student. A sandbox that was never ready has nothing new to keep."""
    if sandbox.ready_at is None:
        return ""
    machines = sandbox.machines.select_related("host", "sandbox").filter(state__in=(M.CLAIMED, M.PARKED))
    try:
        left_out = [name for machine in machines for name in homes.keep_home(machine)]
    except EngineUnavailable:
        raise
    except EngineError:
        logger.exception("sandbox %s: home not kept", sandbox.pk)
        return HOME_NOT_KEPT
    return _kept_words(left_out)


def _kept_words(left_out: list[str]) -> str:
    if not left_out:
        return "Your home folder is kept for next time."
    megabytes = settings.HOME_MAX_BYTES // 1_000_000
    return f"Your home folder is kept for next time, up to {megabytes} MB. Not kept: {', '.join(left_out)}."


def remove_machine(machine: Machine) -> None:
    """Remove a machine that was given up, and use the room that it leaves."""
    if machine.state != M.REMOVING:
        return
    try:
        engine_for(machine.host).remove_machine(str(machine.pk))
    except EngineError as error:
        logger.warning("machine %s is not removed yet: %s", machine.pk, error)
        return
    if move_machine(machine, frm=(M.REMOVING,), to=M.GONE):
        joining.remove_empty_network(machine)
        if machine.sandbox and machine.sandbox.state == S.STARTING:
            queue_task("sandboxes.provision", str(machine.sandbox_id))
        advance_queue()


# --- The pool ---------------------------------------------------------------------------------------------------------


def refill_pool() -> None:
    """Start one warm machine on each host that lacks one, and queue another round while more are wanting."""
    for host in Host.objects.filter(accepting=True):
        try:
            _refill(host)
        except EngineUnavailable as error:
            logger.warning("the pool of %s waits for the engine: %s", host, error)


def _refill(host: Host) -> None:
    kinds = demand.wanted_kinds()
    claims.refresh_images(host, {*kinds, *host.images, *claims.warm_kinds(host)})
    kvm.want_trial(host, claims.image_of(host, kvm.trial_type().name))
    targets = demand.targets(host, [kind for kind in kinds if claims.image_of(host, kind)])
    claims.retire_surplus(host, targets)
    if waiting_sandboxes().exists():  # students first; they take the places to start
        return
    for kind, target in targets.items():
        if claims.deficit(host, kind, target) and (machine := claims.open_machine(kind=kind, host=host)):
            if claims.deficit(host, kind, target):
                queue_task("sandboxes.refill")
            warm_up(machine)


def warm_up(machine: Machine) -> None:
    """Bring up a machine of the pool; one that does not come up is given up."""
    try:
        if bring_up(machine):
            advance_queue()
    except EngineUnavailable:
        raise
    except EngineError:
        logger.exception("machine %s of the pool is given up", machine.pk)
        retire_machine(machine)
