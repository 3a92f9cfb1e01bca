"""Tell graders what happened in a machine's own Docker engine.

The engine remembers its last 256 events, and forgets them when it stops; so they are saved with the
machine's row before it is parked.
"""

import json
import logging
import time
from collections.abc import Iterable
from dataclasses import astuple
from urllib.parse import quote

from sandboxes.docker_events.parser import EngineEvent, parse_engine_event
from sandboxes.engine import machine_http
from sandboxes.engine.interface import MachineInspector
from sandboxes.errors import EngineError
from sandboxes.machine_types.docker import DOCKER_PROGRAM, ENGINE_SOCKETS
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import EngineHistory, Machine

logger = logging.getLogger(__name__)

HISTORY_MAX = 256
SECONDS = 5.0
TYPES = quote(json.dumps({"type": ["container", "image", "network", "volume"]}))


def events_path(since: float) -> str:
    """Build the path at which an engine tells what happened from then on until now."""
    return f"/events?since={since:.6f}&until={time.time():.6f}&filters={TYPES}"


def read_events(response: machine_http.HttpResponse) -> list[EngineEvent]:
    """Parse an engine's answer: JSON objects, a line each, the oldest first.

    Raises EngineError for another shape.
    """
    lines = response.body.splitlines()
    try:
        events = [parse_engine_event(json.loads(line)) for line in lines if line]
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise EngineError(
            f"the machine's engine told events in another shape: {error!r}"
        ) from error
    return [event for event in events if event][-HISTORY_MAX:]


def merge_history(
    stored: Iterable[EngineEvent], latest: Iterable[EngineEvent]
) -> list[EngineEvent]:
    """Append newer events to the stored ones."""
    before = list(stored)
    last = before[-1].at if before else 0.0
    return [*before, *(event for event in latest if event.at > last)][-HISTORY_MAX:]


def stored_history(machine: Machine) -> list[EngineEvent]:
    """Load a machine's saved events."""
    rows = EngineHistory.objects.filter(machine=machine).values_list("events", flat=True)
    return [EngineEvent(*fields) for fields in rows.first() or ()]


def save_history(engine: MachineInspector, machine: Machine) -> None:
    """Save the events of a machine that is about to be stopped.

    Events from a program that has taken the engine's place are not saved. An engine that does not
    answer does not keep the machine from being stopped.
    """
    if not machine_type(machine.kind).has_engine:
        return
    try:
        latest = read_history(engine, machine.container_id, machine.created_at.timestamp())
    except EngineError as error:
        logger.info("what happened in machine %s is not saved: %s", machine.pk, error)
        return
    events = [list(astuple(event)) for event in merge_history(stored_history(machine), latest)]
    EngineHistory.objects.update_or_create(machine=machine, defaults={"events": events})


def read_history(engine: MachineInspector, container_id: str, since: float) -> list[EngineEvent]:
    """Ask a machine's engine what happened since then. Raises EngineError."""
    connection = engine.open_attested(container_id, ENGINE_SOCKETS, DOCKER_PROGRAM)
    try:
        session = machine_http.HttpSession(connection, seconds=SECONDS)
        events = read_events(session.get(events_path(since)))
        if fault := connection.attest().fault:
            raise EngineError(fault)
    finally:
        connection.close()
    return events
