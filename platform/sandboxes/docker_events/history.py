"""What happened in a machine's own Docker engine, as graders ask for it. The engine keeps its last 256 events, and
forgets them when it stops; so they are kept with the machine's row before it is parked.
"""

import json
import logging
import time
from collections.abc import Iterable
from dataclasses import astuple
from urllib.parse import quote

from sandboxes.docker_events.parser import EngineEvent, parse_engine_event
from sandboxes.engine import machine_http
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import EngineError
from sandboxes.machine_types.docker import DOCKER_PROGRAM, DOCKER_SOCKET
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import EngineHistory, Machine

logger = logging.getLogger(__name__)

KEPT = 256
SECONDS = 5.0
TYPES = quote(json.dumps({"type": ["container", "image", "network", "volume"]}))


def events_path(since: float) -> str:
    """Where an engine tells what happened from then on until now."""
    return f"/events?since={since:.6f}&until={time.time():.6f}&filters={TYPES}"


def read_events(answer: machine_http.HttpResponse) -> list[EngineEvent]:
    """Of the engine's answer: JSON objects, a line each, the oldest first. Raises EngineError for another shape."""
    try:
        found = [parse_engine_event(json.loads(line)) for line in answer.body.splitlines() if line]
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise EngineError(f"the machine's engine told events in another shape: {error!r}") from error
    return [one for one in found if one][-KEPT:]


def merge_history(known: Iterable[EngineEvent], found: Iterable[EngineEvent]) -> list[EngineEvent]:
    """What was known, and what has happened since."""
    before = list(known)
    last = before[-1].at if before else 0.0
    return [*before, *(one for one in found if one.at > last)][-KEPT:]


def stored_history(machine: Machine) -> list[EngineEvent]:
    """What was kept of a machine."""
    kept = EngineHistory.objects.filter(machine=machine).values_list("events", flat=True).first()
    return [EngineEvent(*one) for one in kept or ()]


def save_history(engine: SandboxEngine, machine: Machine) -> None:
    """Keep what happened in a machine that is about to be stopped. Nothing of what another program says that has taken
    the engine's place, and nothing when it does not answer: the machine is stopped all the same."""
    if not machine_type(machine.kind).has_engine:
        return
    try:
        found = _ask(engine, machine.container_id, machine.created_at.timestamp())
    except EngineError as error:
        logger.info("what happened in machine %s is not kept: %s", machine.pk, error)
        return
    kept = [list(astuple(one)) for one in merge_history(stored_history(machine), found)]
    EngineHistory.objects.update_or_create(machine=machine, defaults={"events": kept})


def _ask(engine: SandboxEngine, container_id: str, since: float) -> list[EngineEvent]:
    """Raises EngineError."""
    connection = engine.open_attested(container_id, DOCKER_SOCKET, DOCKER_PROGRAM)
    try:
        found = read_events(machine_http.HttpSession(connection, seconds=SECONDS).get(events_path(since)))
        if fault := connection.attest().fault:
            raise EngineError(fault)
    finally:
        connection.close()
    return found
