"""Compares rows with what the engines have, both ways, and repairs either side.

Objects are listed before rows are read, and a row is always there before its container: so an object without a row has
no owner. A row that seems to lack its container is looked at again, because it may have come up in between.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from sandboxes import lifecycle
from sandboxes.engine.facts import OwnedObject
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.linux.quotas import mend_quotas
from sandboxes.errors import EngineError, EngineUnavailable, MachineMissing
from sandboxes.hosts import engine_for
from sandboxes.models import Host, Machine
from sandboxes.provisioning import networks as joining
from sandboxes.provisioning.provisioner import stop_machine
from sandboxes.transitions import M

logger = logging.getLogger(__name__)

# A probe takes a minute at most.
LEFTOVER_AFTER = timedelta(minutes=3)
# A probe pauses a machine while it is copied: half a second as a rule, several for the largest copy on a busy host.
PAUSE_SECONDS = 12
RUNNING_STATES = (M.WARM, M.CLAIMED)


def reap() -> None:
    """Repair every host. One whose engine can't be reached is left alone: nothing is known about it."""
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
    machines = Machine.objects.filter(host=host).exclude(state=M.GONE).select_related("sandbox")
    rows = {str(machine.pk): machine for machine in machines}
    remove_ownerless(engine, owned, set(rows))
    remove_leftovers(engine, owned)
    remove_surplus_networks(engine, owned)
    unpause_frozen(engine, owned)
    containers = {thing.machine_id: thing for thing in owned if thing.kind == "container"}
    for machine_id, machine in rows.items():
        repair_machine(engine, machine, containers.get(machine_id))
    repair_networks(engine, owned, rows)


def remove_ownerless(engine: SandboxEngine, owned: Iterable[OwnedObject], known: set[str]) -> None:
    """Remove containers, networks and socket folders that no row speaks for."""
    things = (thing for thing in owned if thing.kind in ("container", "network", "mount"))
    for machine_id in {thing.machine_id for thing in things} - known:
        logger.warning("removing machine %s, which nothing knows about", machine_id)
        _try(engine.remove_machine, machine_id)


def remove_leftovers(engine: SandboxEngine, owned: Iterable[OwnedObject]) -> None:
    """Remove probes and then snapshots whose worker died."""
    old = timezone.now() - LEFTOVER_AFTER
    for kind in ("probe", "snapshot"):
        for thing in owned:
            if thing.kind == kind and thing.created_at and thing.created_at < old:
                _try(engine.remove_leftover, thing)


def remove_surplus_networks(engine: SandboxEngine, owned: Iterable[OwnedObject]) -> None:
    """Leave every machine one network."""
    counted = Counter(thing.machine_id for thing in owned if thing.kind == "network")
    for machine_id in (machine_id for machine_id, count in counted.items() if count > 1):
        logger.warning("machine %s has %s networks; one is kept", machine_id, counted[machine_id])
        _try(engine.remove_duplicate_networks, machine_id)


def unpause_frozen(engine: SandboxEngine, owned: Iterable[OwnedObject]) -> None:
    """Let machines go on that a worker killed during a copy left frozen."""
    frozen = {thing.id for thing in owned if thing.paused}
    for _ in range(PAUSE_SECONDS):
        if not frozen:
            return
        time.sleep(1)
        frozen &= {thing.id for thing in engine.find_owned() if thing.paused}
    for container_id in frozen:
        _try(engine.unpause_machine, container_id)


def repair_machine(engine: SandboxEngine, machine: Machine, container: OwnedObject | None) -> None:
    """Bring one row and its container together."""
    if machine.state == M.PARKED and container and container.running:
        stop_machine(machine)
    elif _seems_missing(machine, container):
        _repair_missing(engine, machine)


def repair_networks(engine: SandboxEngine, owned: list[OwnedObject], rows: dict[str, Machine]) -> None:
    """Remove networks of sandboxes that are over, and bring machines back into the one that they should share."""
    for sandbox_id in joining.ownerless_networks(owned, rows.values()):
        logger.warning("removing the network of sandbox %s, which has no machines", sandbox_id)
        _try(engine.remove_shared_network, sandbox_id)
    for sandbox in joining.scattered_sandboxes(owned, rows):
        logger.warning("the machines of sandbox %s are brought together again", sandbox.pk)
        _try(joining.join_sandbox, sandbox)


def _seems_missing(machine: Machine, container: OwnedObject | None) -> bool:
    if machine.state == M.PARKED:
        return container is None
    return machine.state in RUNNING_STATES and not (container and container.running)


def _repair_missing(engine: SandboxEngine, machine: Machine) -> None:
    try:
        running = engine.facts(machine.container_id).running
    except MachineMissing:
        logger.warning("machine %s has lost its container", machine.pk)
        lifecycle.machine_lost(machine)
        return
    if running or machine.state == M.PARKED:
        return
    logger.warning("machine %s has stopped", machine.pk)
    if machine.state == M.WARM:
        lifecycle.machine_lost(machine)
    else:
        lifecycle.machine_stopped(machine)


def _try(action: Callable[[Any], object], thing: object) -> None:
    """One thing that can't be removed must not keep the rest."""
    try:
        action(thing)
    except EngineUnavailable:
        raise
    except EngineError as error:
        logger.warning("%s is not removed yet: %s", thing, error)
