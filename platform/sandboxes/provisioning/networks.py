"""Bring the machines of one sandbox together in a network of their own, and clear it away.

A sandbox with one machine needs none of this: its machine has a network from the start. Everything
here may be run twice; the engine changes nothing where all is as it should be.
"""

import logging
from collections.abc import Iterable, Mapping

from sandboxes.engine.facts import Member, OwnedObject
from sandboxes.engine.interface import MachineInspector
from sandboxes.errors import EngineError, MachineMissing
from sandboxes.hosts import engine_for
from sandboxes.models import Machine, Sandbox
from sandboxes.transitions import machine_lost

logger = logging.getLogger(__name__)


def join_sandbox(sandbox: Sandbox) -> bool:
    """Let the machines of a sandbox find each other by name.

    Returns False when one turned out to be lost, and is retired. Raises EngineError.
    """
    if not sandbox.has_several_machines:
        return True
    claimed = sandbox.machines.select_related("host").filter(state=Machine.State.CLAIMED)
    machines = list(claimed)
    if not machines:
        return True
    engine = engine_for(machines[0].host)
    members = [Member(machine.container_id, machine.name) for machine in machines]
    try:
        network = engine.join_machines(str(sandbox.pk), members)
    except MachineMissing:
        lost = [machine for machine in machines if is_lost(engine, machine)]
        retired = [machine_lost(machine) for machine in lost]
        if not any(retired):
            raise
        return False
    rows = Machine.objects.filter(pk__in=[machine.pk for machine in machines])
    rows.update(network_id=network)
    return True


def is_lost(engine: MachineInspector, machine: Machine) -> bool:
    """Whether the engine does not know a machine's container any more. Raises EngineError."""
    try:
        engine.facts(machine.container_id)
    except MachineMissing:
        return True
    return False


def remove_empty_network(machine: Machine) -> None:
    """Remove the network of a sandbox whose last machine has gone.

    What fails here is the reaper's.
    """
    sandbox = machine.sandbox
    if sandbox is None or not sandbox.has_several_machines:
        return
    if sandbox.machines.exclude(state=Machine.State.GONE).exists():
        return
    try:
        engine_for(machine.host).remove_shared_network(str(sandbox.pk))
    except EngineError as error:
        logger.warning("the network of sandbox %s is not removed yet: %s", sandbox.pk, error)


def ownerless_networks(owned: Iterable[OwnedObject], machines: Iterable[Machine]) -> set[str]:
    """Return the sandboxes whose networks are there without a machine that could be in them."""
    known = {str(machine.sandbox_id) for machine in machines}
    return {item.sandbox_id for item in owned if item.kind == "shared"} - known


def scattered_sandboxes(
    owned: Iterable[OwnedObject], machines: Mapping[str, Machine]
) -> list[Sandbox]:
    """Return the ready sandboxes of which a machine is not in their network alone.

    `machines` by id, with their sandboxes.
    """
    items = list(owned)
    shared = {(item.sandbox_id, item.id) for item in items if item.kind == "shared"}
    scattered: dict[str, Sandbox] = {}
    for item in items:
        machine = machines.get(item.machine_id) if item.kind == "container" else None
        sandbox = machine.sandbox if machine else None
        if machine is None or sandbox is None or not sandbox.has_several_machines:
            continue
        if sandbox.state != Sandbox.State.READY or machine.state != Machine.State.CLAIMED:
            continue
        if len(item.networks) != 1 or (str(sandbox.pk), item.networks[0]) not in shared:
            scattered[str(sandbox.pk)] = sandbox
    return list(scattered.values())
