"""Stop machines, keep their homes, and remove them. Everything may be run twice."""

import logging

from django.db import transaction

from core.task_queue import queue_task
from sandboxes import homes
from sandboxes.docker_events.history import save_history
from sandboxes.errors import EngineError, EngineUnavailable
from sandboxes.hosts import engine_for
from sandboxes.models import Machine, Sandbox
from sandboxes.provisioning import networks
from sandboxes.queries import live_sandbox
from sandboxes.transitions import advance_queue, move_machine, move_sandbox, retire_machines

logger = logging.getLogger(__name__)

CLAIMED, PARKED = Machine.State.CLAIMED, Machine.State.PARKED


def stop_sandbox(sandbox: Sandbox) -> None:
    """Stop the machines of a parked sandbox.

    Each row moves first, so that whoever wakes it knows to start it again.
    """
    for machine in sandbox.machines.select_related("host").filter(state=CLAIMED):
        if move_machine(machine, from_states=(CLAIMED,), to=PARKED):
            stop_machine(machine)


def stop_machine(machine: Machine) -> None:
    """Stop a parked machine's container, and start it again if it was woken meanwhile."""
    engine = engine_for(machine.host)
    save_history(engine, machine)
    try:
        engine.stop_machine(machine.container_id)
        machine.refresh_from_db()
        if machine.state == CLAIMED:
            engine.start_machine(machine.container_id, machine.name)
    except EngineError as error:  # the reaper compares again
        logger.warning("machine %s was not stopped: %s", machine.pk, error)


def finish_sandbox(sandbox: Sandbox) -> None:
    """Keep the homes of an ending sandbox, then retire its machines."""
    try:
        notice = homes.keep_homes(sandbox)
    except EngineUnavailable as error:
        logger.warning("sandbox %s waits for the engine to keep its home: %s", sandbox.pk, error)
        return
    with transaction.atomic():
        moved = move_sandbox(
            sandbox,
            from_states=(Sandbox.State.ENDING,),
            to=Sandbox.State.GONE,
            reason=f"{sandbox.reason} {notice}".strip(),
        )
        if moved:
            retire_machines(sandbox)
    if moved:
        resume_successor(sandbox)
        advance_queue()


def resume_successor(sandbox: Sandbox) -> None:
    """Go on with the student's next sandbox for the lesson, which waits for this one's home."""
    successor = live_sandbox(sandbox.user, sandbox.lesson_key)
    if successor and successor.state == Sandbox.State.STARTING:
        queue_task("sandboxes.provision", str(successor.pk))


def remove_machine(machine: Machine) -> None:
    """Remove a machine that was retired, and use the room that it leaves."""
    if machine.state != Machine.State.REMOVING:
        return
    try:
        engine_for(machine.host).remove_machine(str(machine.pk))
    except EngineError as error:
        logger.warning("machine %s is not removed yet: %s", machine.pk, error)
        return
    if move_machine(machine, from_states=(Machine.State.REMOVING,), to=Machine.State.GONE):
        networks.remove_empty_network(machine)
        if machine.sandbox and machine.sandbox.state == Sandbox.State.STARTING:
            queue_task("sandboxes.provision", str(machine.sandbox_id))
        advance_queue()
