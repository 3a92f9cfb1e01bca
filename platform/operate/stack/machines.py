"""Keep homes and remove machines of this installation when the platform stops."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from django.db import DatabaseError, connection

from sandboxes.engine.interface import MaintenanceEngine
from sandboxes.errors import EngineError
from sandboxes.homes import keep_home
from sandboxes.models import Machine

logger = logging.getLogger(__name__)

AT_ONCE = 8
Item = TypeVar("Item")
# Told how much is done, from 0 to 1, and what, in words.
Report = Callable[[float, str], None]


def no_report(_fraction: float, _text: str) -> None:
    """Tell nobody."""


def keep_homes(report: Report = no_report) -> int:
    """Keep the home of every student's machine, for the next start; return how many.

    The rows stay as they are: the reaper replaces the machines that it misses.
    """
    states = (Machine.State.CLAIMED, Machine.State.PARKED)
    rows = Machine.objects.filter(state__in=states, sandbox__isnull=False)
    try:
        machines = list(rows.select_related("sandbox", "host"))
    except DatabaseError as error:  # stopped before the tables were made, or the database is away
        logger.warning("students' homes could not be looked up: %s", error)
        return 0
    return for_each(machines, keep_one_home, report, "homes kept")


def keep_one_home(machine: Machine) -> bool:
    """Keep a home; what fails is logged, and keeps nobody else's from being kept."""
    try:
        keep_home(machine)
    except (EngineError, DatabaseError, OSError, ValueError):
        logger.exception("the home of machine %s could not be kept", machine.pk)
        return False
    finally:
        connection.close()  # this thread's own
    return True


def for_each(
    items: Sequence[Item], action: Callable[[Item], bool], report: Report, done: str
) -> int:
    """Do something with each, several at once, telling how far it is; return how often it worked.

    An engine is asked for `AT_ONCE` things at a time: it does them side by side.
    """
    count = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number, worked in enumerate(pool.map(action, items), 1):
            count += worked
            report(number / len(items), f"{number} of {len(items)} {done}")
    return count


def remove_machines(engine: MaintenanceEngine, report: Report = no_report) -> int:
    """Remove every machine and leftover with this installation's label.

    Returns how many objects there were.
    """
    owned = engine.find_owned()
    machine_ids = sorted({each.machine_id for each in owned if each.machine_id})
    for_each(machine_ids, partial(remove_one, engine), report, "machines removed")
    for leftover in engine.find_owned():
        if leftover.kind in ("snapshot", "probe"):
            engine.remove_leftover(leftover)
        elif leftover.kind == "shared":
            engine.remove_shared_network(leftover.sandbox_id)
    return len(owned)


def remove_one(engine: MaintenanceEngine, machine_id: str) -> bool:
    """Remove a machine; what fails is logged, and keeps no other from being removed."""
    try:
        engine.remove_machine(machine_id)
    except EngineError:
        logger.exception("machine %s could not be removed", machine_id)
        return False
    return True
