"""Brings the machines of one sandbox together in a network of their own, and clears it away.

A sandbox with one machine needs none of this: its machine has a network from the start. Everything here may be run
twice; the engine changes nothing where all is as it should be.
"""

import logging
from collections.abc import Iterable, Mapping

from sandboxes import lifecycle
from sandboxes.engine.facts import Member, OwnedObject
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import EngineError, MachineMissing
from sandboxes.hosts import engine_for
from sandboxes.models import Machine, Sandbox
from sandboxes.transitions import M, S

logger = logging.getLogger(__name__)


def join_sandbox(sandbox: Sandbox) -> bool:
    """Let the machines of a sandbox find each other by name. False when one turned out to be lost, and is given up.
    Raises EngineError."""
    machines = list(sandbox.machines.select_related("host").filter(state=M.CLAIMED))
    if not sandbox.has_several_machines or not machines:
        return True
    engine = engine_for(machines[0].host)
    members = [Member(machine.container_id, machine.name) for machine in machines]
    try:
        network = engine.join_machines(str(sandbox.pk), members)
    except MachineMissing:
        if not _give_up_lost(engine, machines):
            raise
        return False
    Machine.objects.filter(pk__in=[machine.pk for machine in machines]).update(network_id=network)
    return True


def _give_up_lost(engine: SandboxEngine, machines: Iterable[Machine]) -> bool:
    given_up = [lifecycle.machine_lost(machine) for machine in machines if _is_lost(engine, machine)]
    return any(given_up)


def _is_lost(engine: SandboxEngine, machine: Machine) -> bool:
    try:
        engine.facts(machine.container_id)
    except MachineMissing:
        return True
    return False


def remove_empty_network(machine: Machine) -> None:
    """A machine has gone: remove its sandbox's network if it was the last. What fails here is the reaper's."""
    sandbox = machine.sandbox
    if sandbox is None or not sandbox.has_several_machines or sandbox.machines.exclude(state=M.GONE).exists():
        return
    try:
        engine_for(machine.host).remove_shared_network(str(sandbox.pk))
    except EngineError as error:
        logger.warning("the network of sandbox %s is not removed yet: %s", sandbox.pk, error)


def ownerless_networks(owned: Iterable[OwnedObject], machines: Iterable[Machine]) -> set[str]:
    """The sandboxes whose networks are there without a machine that could be in them."""
    known = {str(machine.sandbox_id) for machine in machines}
    return {thing.sandbox_id for thing in owned if thing.kind == "shared"} - known


def scattered_sandboxes(owned: Iterable[OwnedObject], machines: Mapping[str, Machine]) -> list[Sandbox]:
    """Ready sandboxes of which a machine is not in their network, or in another, too. `machines` by id, with their
    sandboxes."""
    things = list(owned)
    shared = {(thing.sandbox_id, thing.id) for thing in things if thing.kind == "shared"}
    found: dict[str, Sandbox] = {}
    for thing in things:
        machine = machines.get(thing.machine_id) if thing.kind == "container" else None
        if machine and machine.sandbox and _is_out(machine, machine.sandbox, thing, shared):
            found[str(machine.sandbox_id)] = machine.sandbox
    return list(found.values())


def _is_out(machine: Machine, sandbox: Sandbox, thing: OwnedObject, shared: set[tuple[str, str]]) -> bool:
    if not sandbox.has_several_machines or sandbox.state != S.READY or machine.state != M.CLAIMED:
        return False
    return len(thing.networks) != 1 or (str(sandbox.pk), thing.networks[0]) not in shared
