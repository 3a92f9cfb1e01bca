"""Keep homes and remove machines of this installation when the platform stops."""

import logging

from django.db import DatabaseError

from sandboxes.engine.interface import MaintenanceEngine
from sandboxes.errors import EngineError
from sandboxes.homes import keep_home
from sandboxes.models import Machine

logger = logging.getLogger(__name__)


def keep_homes() -> int:
    """Keep the home of every student's machine, for the next start; return how many.

    The rows stay as they are: the reaper replaces the machines that it misses.
    """
    states = (Machine.State.CLAIMED, Machine.State.PARKED)
    machines = Machine.objects.filter(state__in=states, sandbox__isnull=False)
    count = 0
    try:
        for machine in machines.select_related("sandbox", "host"):
            try:
                keep_home(machine)
                count += 1
            except (EngineError, OSError, ValueError):
                logger.exception("the home of machine %s could not be kept", machine.pk)
    except DatabaseError as error:  # stopped before the tables were made, or the database is away
        logger.warning("students' homes could not be looked up: %s", error)
    return count


def remove_machines(engine: MaintenanceEngine) -> int:
    """Remove every machine and leftover with this installation's label.

    Returns how many objects there were.
    """
    owned = engine.find_owned()
    machine_ids = {owned_object.machine_id for owned_object in owned}
    for machine_id in sorted(filter(None, machine_ids)):
        try:
            engine.remove_machine(machine_id)
        except EngineError:
            logger.exception("machine %s could not be removed", machine_id)
    for leftover in engine.find_owned():
        if leftover.kind in ("snapshot", "probe"):
            engine.remove_leftover(leftover)
        elif leftover.kind == "shared":
            engine.remove_shared_network(leftover.sandbox_id)
    return len(owned)
