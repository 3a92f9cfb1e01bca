"""Watches engines and tells students' pages what happens in their machines: one subscription a host, and one for each
claimed machine that has an engine of its own, over nested.py.

A process of its own (`manage.py events`), of which one is enough; what happens while it is away is not told. A thread
reads each subscription and takes part in nothing else: who a machine belongs to is looked up, and events are sent, by
the one that calls run().
"""

import json
import logging
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django import db

from core import events
from sandboxes.docker_events.image_tracker import ImageTracker
from sandboxes.docker_events.parser import MachineEvent, TokenBucket, parse_machine_event
from sandboxes.engine import machine_http
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import EngineError
from sandboxes.hosts import engine_for
from sandboxes.machine_types.docker import DOCKER_SOCKET
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.transitions import M

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
RETRY_SECONDS = 2.0
QUEUE_MAX = 10_000
Told = tuple[str, MachineEvent]  # a container's id, and what happened to it or in it


@dataclass(frozen=True)
class Seat:
    """Whose machine a container is."""

    machine_id: str
    name: str
    lesson: str
    user_id: int


class Subscription:
    """One stream of events, read by a thread of its own until it is closed, and begun again when it ends."""

    def __init__(self, name: str, read: Callable[[], Iterator[Told]], told: "queue.Queue[Told]") -> None:
        self._read, self._told, self._closed = read, told, threading.Event()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def close(self) -> None:
        """Let it end, at the next thing that it reads."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._forward()
            except EngineError as error:
                logger.info("%s: %s", threading.current_thread().name, error)
            self._closed.wait(RETRY_SECONDS)

    def _forward(self) -> None:
        reading = self._read()
        try:
            for container, event in reading:
                if self._closed.is_set():
                    return
                if container:
                    self._told.put((container, event))
        finally:
            close = getattr(reading, "close", None)
            if close is not None:
                close()


class EventForwarder:
    """Keeps the subscriptions that are needed, and forwards what they bring."""

    def __init__(self) -> None:
        self._told: queue.Queue[Told] = queue.Queue(QUEUE_MAX)
        self._open: dict[str, Subscription] = {}
        self._seats: dict[str, Seat] = {}

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set."""
        look_at = 0.0
        while not stop.is_set():
            if time.monotonic() >= look_at:
                self._look_safely()
                look_at = time.monotonic() + LOOK_SECONDS
            self.forward(seconds=0.2)
        self.close()

    def close(self) -> None:
        """Let all subscriptions end."""
        for subscription in self._open.values():
            subscription.close()

    def _look_safely(self) -> None:
        try:
            self.sync()
        except db.Error as error:  # away for a moment
            logger.warning("the database does not answer: %s", error)
            db.close_old_connections()

    def sync(self) -> None:
        """Learn who has which machine, subscribe to what is new, and let go of what is over."""
        machines = list(
            Machine.objects.filter(state=M.CLAIMED, sandbox__state=Sandbox.State.READY).select_related(
                "sandbox", "host"
            )
        )
        self._seats = {one.container_id: _seat(one) for one in machines if one.sandbox}
        wanted: dict[str, Callable[[], Iterator[Told]]] = {}
        for host in Host.objects.all():
            wanted[f"host {host.name}"] = _outer(engine_for(host))
        for one in machines:
            if machine_type(one.kind).has_engine:
                wanted[f"machine {one.pk} {one.container_id}"] = _nested(engine_for(one.host), one.container_id)
        self._keep(wanted)

    def _keep(self, wanted: dict[str, Callable[[], Iterator[Told]]]) -> None:
        for name in self._open.keys() - wanted.keys():
            self._open.pop(name).close()
        for name in wanted.keys() - self._open.keys():
            self._open[name] = Subscription(name, wanted[name], self._told)

    def forward(self, *, seconds: float) -> None:
        """Send what comes within this time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                container, event = self._told.get(timeout=left)
            except queue.Empty:
                return
            if seat := self._seats.get(container):
                events.publish(user_id=seat.user_id, kind="machine-event", payload=_payload(seat, event))


def _seat(machine: Machine) -> Seat:
    assert machine.sandbox is not None
    return Seat(str(machine.pk), machine.name, machine.sandbox.lesson_key, machine.sandbox.user_id)


def _payload(seat: Seat, event: MachineEvent) -> dict[str, Any]:
    return {"machine": seat.machine_id, "name": seat.name, "lesson": seat.lesson, "event": event.payload()}


def _outer(engine: SandboxEngine) -> Callable[[], Iterator[Told]]:
    def read() -> Iterator[Told]:
        buckets: dict[str, TokenBucket] = defaultdict(TokenBucket)
        for raw in engine.events():
            container = str((raw.get("Actor") or {}).get("ID", ""))
            event = parse_machine_event(raw, nested=False)
            for sent in buckets[container].take(event) if event else ():
                yield container, sent
            if len(buckets) > QUEUE_MAX:
                buckets.clear()

    return read


def _nested(engine: SandboxEngine, container: str) -> Callable[[], Iterator[Told]]:
    def read() -> Iterator[Told]:
        bucket = TokenBucket()
        images = ImageTracker(lambda path: machine_http.request(engine, container, DOCKER_SOCKET, path).json())
        # Idle for a second it yields nothing, which gives the bucket its turn, and us one to see that we may end.
        for line in machine_http.stream_lines(engine, container, DOCKER_SOCKET, "/events", idle_seconds=1.0):
            for sent in _passed(bucket, _parse(line, images)):
                yield container, sent
            if not line:
                yield "", MachineEvent("idle", "")

    return read


def _passed(bucket: TokenBucket, happened: list[MachineEvent]) -> Iterator[MachineEvent]:
    """What the bucket lets through; it has its turn when nothing has happened, too."""
    events: list[MachineEvent | None] = [*happened]
    for event in events or [None]:
        yield from bucket.take(event)


def _parse(line: bytes, images: ImageTracker) -> list[MachineEvent]:
    try:
        raw = json.loads(line or b"null")
    except (ValueError, RecursionError):
        return []
    event = parse_machine_event(raw, nested=True) if isinstance(raw, dict) else None
    return list(images.explain(event, str(raw["Actor"].get("ID")))) if event else []
