"""Compare rows with what the engines have, both ways, and repair either side.

Objects are listed before rows are read, and a row is always there before its container: so an
object without a row has no owner. A row that seems to lack its container is looked at again,
because it may have come up in between.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from core.waiting import wait_until
from sandboxes.engine.facts import OwnedObject
from sandboxes.engine.interface import (
    Inventory,
    MachineInspector,
    MachineRuntime,
    MaintenanceEngine,
    NetworkManager,
)
from sandboxes.engine.linux.quotas import mend_quotas
from sandboxes.errors import EngineError, EngineUnavailable, MachineMissing
from sandboxes.hosts import engine_for
from sandboxes.maintenance.shared_disks import share_disks
from sandboxes.models import Host, Machine
from sandboxes.provisioning import networks
from sandboxes.provisioning.teardown import stop_machine
from sandboxes.transitions import machine_lost, machine_stopped

logger = logging.getLogger(__name__)

# A probe takes a minute at most.
LEFTOVER_AFTER = timedelta(minutes=3)
# A probe pauses a machine while it is copied: half a second as a rule, several for the largest copy
# on a busy host.
PAUSE_SECONDS = 12


def reap() -> None:
    """Repair every host. One whose engine can't be reached is left alone."""
    for host in Host.objects.all():
        try:
            reap_host(host)
        except EngineUnavailable as error:
            logger.warning("%s is not reaped: %s", host, error)


def reap_host(host: Host) -> None:
    """Repair one host. Raises EngineUnavailable."""
    engine = engine_for(host)
    if host.transport == Host.Transport.SOCKET:  # the same machine, and we are its root
        mend_quotas(Path(engine.info().root_dir))
    owned = engine.find_owned()
    rows = Machine.objects.filter(host=host).exclude(state=Machine.State.GONE)
    machines = {str(row.pk): row for row in rows.select_related("sandbox")}
    remove_ownerless(engine, owned, set(machines))
    remove_leftovers(engine, owned)
    remove_surplus_networks(engine, owned)
    unpause_frozen(engine, owned)
    containers = {item.machine_id: item for item in owned if item.kind == "container"}
    for machine_id, machine in machines.items():
        repair_machine(engine, machine, containers.get(machine_id))
    repair_networks(engine, owned, machines)
    share_disks(host)


def remove_ownerless(engine: MachineRuntime, owned: Iterable[OwnedObject], known: set[str]) -> None:
    """Remove containers, networks and socket folders that no row speaks for."""
    kinds = ("container", "network", "mount")
    for machine_id in {item.machine_id for item in owned if item.kind in kinds} - known:
        logger.warning("removing machine %s, which nothing knows about", machine_id)
        attempt(engine.remove_machine, machine_id)


def remove_leftovers(engine: Inventory, owned: Iterable[OwnedObject]) -> None:
    """Remove probes and then snapshots whose worker died."""
    too_old = timezone.now() - LEFTOVER_AFTER
    for kind in ("probe", "snapshot"):
        for item in owned:
            if item.kind == kind and item.created_at and item.created_at < too_old:
                attempt(engine.remove_leftover, item)


def remove_surplus_networks(engine: NetworkManager, owned: Iterable[OwnedObject]) -> None:
    """Leave every machine one network."""
    counts = Counter(item.machine_id for item in owned if item.kind == "network")
    for machine_id in (machine_id for machine_id, count in counts.items() if count > 1):
        logger.warning("machine %s has %s networks; one is kept", machine_id, counts[machine_id])
        attempt(engine.remove_duplicate_networks, machine_id)


def unpause_frozen(engine: MaintenanceEngine, owned: Iterable[OwnedObject]) -> None:
    """Let machines go on that a worker killed during a copy left frozen."""
    frozen = {item.id for item in owned if item.paused}
    if not frozen:
        return

    def nothing_frozen() -> bool:
        frozen.intersection_update(item.id for item in engine.find_owned() if item.paused)
        return not frozen

    wait_until(nothing_frozen, seconds=PAUSE_SECONDS, poll_seconds=1)
    for container_id in frozen:
        attempt(engine.unpause_machine, container_id)


def repair_machine(
    engine: MachineInspector, machine: Machine, container: OwnedObject | None
) -> None:
    """Bring one row and its container together."""
    running = container is not None and container.running
    if machine.state == Machine.State.PARKED:
        if running:
            stop_machine(machine)
        elif container is None:
            repair_missing(engine, machine)
    elif machine.state in (Machine.State.POOLED, Machine.State.CLAIMED) and not running:
        repair_missing(engine, machine)


def repair_missing(engine: MachineInspector, machine: Machine) -> None:
    """Look again at a machine that seems to have no container, or none that runs."""
    try:
        running = engine.facts(machine.container_id).running
    except MachineMissing:
        logger.warning("machine %s has lost its container", machine.pk)
        machine_lost(machine)
        return
    if running or machine.state == Machine.State.PARKED:
        return
    logger.warning("machine %s has stopped", machine.pk)
    if machine.state == Machine.State.POOLED:
        machine_lost(machine)
    else:
        machine_stopped(machine)


def look_after(machine: Machine) -> None:
    """Repair a machine that has just stopped or gone, if it is not on its way back."""
    try:
        repair_missing(engine_for(machine.host), machine)
    except EngineError as error:  # the next round finds it
        logger.warning("machine %s is not looked after yet: %s", machine.pk, error)


def repair_networks(
    engine: NetworkManager, owned: list[OwnedObject], machines: dict[str, Machine]
) -> None:
    """Remove networks of sandboxes that are over, and bring scattered machines together."""
    for sandbox_id in networks.ownerless_networks(owned, machines.values()):
        logger.warning("removing the network of sandbox %s, which has no machines", sandbox_id)
        attempt(engine.remove_shared_network, sandbox_id)
    for sandbox in networks.scattered_sandboxes(owned, machines):
        logger.warning("the machines of sandbox %s are brought together again", sandbox.pk)
        attempt(networks.join_sandbox, sandbox)


def attempt(action: Callable[[Any], object], item: object) -> None:
    """Repair one item; what can't be repaired must not keep the rest.

    Raises EngineUnavailable.
    """
    try:
        action(item)
    except EngineUnavailable:
        raise
    except EngineError as error:
        logger.warning("%s is not removed yet: %s", item, error)
