"""Watch engines and tell students' pages what happens in their machines.

There is a subscription for each host, and for each claimed machine that has an engine of its own,
over machine_http.py. It is a process of its own (`manage.py events`), of which one is enough; what
happens while it is away is not told. A thread reads each subscription and takes part in nothing
else: who a machine belongs to is looked up, and events are sent, by whoever calls run().
"""

import json
import logging
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django import db

from core import events
from core.task_queue import send_task
from sandboxes.docker_events.image_tracker import ImageTracker
from sandboxes.docker_events.parser import MachineEvent, TokenBucket, parse_machine_event
from sandboxes.docker_events.recent import keep_message
from sandboxes.engine import machine_http
from sandboxes.engine.interface import Inventory, MachineConnector
from sandboxes.errors import EngineError
from sandboxes.hosts import engine_for
from sandboxes.machine_types.docker import ENGINE_SOCKETS
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Host, Machine, Sandbox

logger = logging.getLogger(__name__)

SYNC_SECONDS = 1.0
RETRY_SECONDS = 2.0
QUEUE_MAX = 10_000
# A machine whose engine does something is in use; that is noted so often.
TOUCH_SECONDS = 60
ENDED = ("machine-died",)  # unless the platform itself did it, somebody has to see to it
# A container's id, and what happened to it or in it; the id is "" when nothing has happened.
ContainerEvent = tuple[str, MachineEvent]
EventSource = Callable[[], Iterator[ContainerEvent]]


@dataclass(frozen=True)
class MachineOwner:
    """Tell whose machine a container is, and for which lesson."""

    machine_id: str
    name: str
    lesson: str
    user_id: int


class Subscription:
    """Read a stream of events in a thread of its own until it is closed; begin again at its end."""

    def __init__(
        self, name: str, source: EventSource, target: "queue.Queue[ContainerEvent]"
    ) -> None:
        self._source, self._target, self._closed = source, target, threading.Event()
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def close(self) -> None:
        """Stop after the next event."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._read()
            except EngineError as error:
                logger.info("%s: %s", threading.current_thread().name, error)
            self._closed.wait(RETRY_SECONDS)

    def _read(self) -> None:
        stream = self._source()
        try:
            for container, event in stream:
                if self._closed.is_set():
                    return
                if container:
                    self._target.put((container, event))
        finally:
            close = getattr(stream, "close", None)
            if close is not None:
                close()


class EventForwarder:
    """Have the subscriptions that are needed, and forward what they bring.

    `on_use` is told the id of a machine in which something happens, once a minute.
    """

    def __init__(self, on_use: Callable[[str], None]) -> None:
        self._on_use = on_use
        self._queue: queue.Queue[ContainerEvent] = queue.Queue(QUEUE_MAX)
        self._subscriptions: dict[str, Subscription] = {}
        self._owners: dict[str, MachineOwner] = {}
        self._noted: dict[str, float] = {}  # by container, when its use was noted

    def run(self, stop: threading.Event) -> None:
        """Forward events until `stop` is set."""
        next_sync = 0.0
        while not stop.is_set():
            if time.monotonic() >= next_sync:
                try:
                    self.sync()
                except db.Error as error:  # away for a moment
                    logger.warning("the database does not answer: %s", error)
                    db.close_old_connections()
                next_sync = time.monotonic() + SYNC_SECONDS
            self.forward(seconds=0.2)
        self.close()

    def close(self) -> None:
        """Let all subscriptions end."""
        for subscription in self._subscriptions.values():
            subscription.close()

    def sync(self) -> None:
        """Learn who has which machine, subscribe to what is new, and close what is over."""
        claimed = Machine.objects.filter(
            state=Machine.State.CLAIMED, sandbox__state=Sandbox.State.READY
        )
        machines = list(claimed.select_related("sandbox", "host"))
        self._owners = {
            machine.container_id: MachineOwner(
                machine_id=str(machine.pk),
                name=machine.name,
                lesson=machine.sandbox.lesson_key,
                user_id=machine.sandbox.user_id,
            )
            for machine in machines
            if machine.sandbox
        }
        sources: dict[str, EventSource] = {}
        for host in Host.objects.all():
            sources[f"host {host.name}"] = host_events(engine_for(host))
        for machine in machines:
            if machine_type(machine.kind).has_engine:
                name = f"machine {machine.pk} {machine.container_id}"
                sources[name] = nested_events(engine_for(machine.host), machine.container_id)
        for container in self._noted.keys() - self._owners.keys():
            del self._noted[container]
        for name in self._subscriptions.keys() - sources.keys():
            self._subscriptions.pop(name).close()
        for name in sources.keys() - self._subscriptions.keys():
            self._subscriptions[name] = Subscription(name, sources[name], self._queue)

    def forward(self, *, seconds: float) -> None:
        """Send what comes within this time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                container, event = self._queue.get(timeout=left)
            except queue.Empty:
                return
            if owner := self._owners.get(container):
                payload = {
                    "machine": owner.machine_id,
                    "name": owner.name,
                    "lesson": owner.lesson,
                    "event": event.payload(),
                }
                keep_message(payload)
                events.publish(user_id=owner.user_id, kind="machine-event", payload=payload)
                events.publish_machine_event(owner.machine_id)
                self.note_use(container, owner)
                if event.kind in ENDED and not event.nested:
                    send_task("sandboxes.look_after", owner.machine_id)

    def note_use(self, container: str, owner: MachineOwner) -> None:
        """Keep a machine in which something happens from being parked."""
        now = time.monotonic()
        if now < self._noted.get(container, float("-inf")) + TOUCH_SECONDS:
            return
        self._noted[container] = now
        try:
            self._on_use(owner.machine_id)
        except db.Error as error:  # away for a moment; the next event will do
            logger.warning("the use of machine %s is not noted: %s", owner.machine_id, error)
            db.close_old_connections()


def host_events(engine: Inventory) -> EventSource:
    """Make a source of what happens to the machines of an engine."""

    def read() -> Iterator[ContainerEvent]:
        buckets: dict[str, TokenBucket] = defaultdict(TokenBucket)
        for raw in engine.events():
            container = str((raw.get("Actor") or {}).get("ID", ""))
            event = parse_machine_event(raw, nested=False)
            if event:
                for passed in buckets[container].take(event):
                    yield container, passed
            if len(buckets) > QUEUE_MAX:
                buckets.clear()

    return read


def nested_events(connector: MachineConnector, container: str) -> EventSource:
    """Make a source of what happens in a machine's own engine."""

    def read() -> Iterator[ContainerEvent]:
        bucket = TokenBucket()
        images = ImageTracker(
            lambda path: machine_http.request(connector, container, ENGINE_SOCKETS, path).json()
        )
        # Idle for a second it yields nothing, which gives the bucket its turn, and us a chance to
        # see that we may end.
        lines = machine_http.stream_lines(
            connector, container, ENGINE_SOCKETS, "/events", idle_seconds=1.0
        )
        for line in lines:
            # The bucket has its turn when nothing has happened, too.
            parsed: Iterable[MachineEvent | None] = parse_line(line, images) or [None]
            for event in parsed:
                for passed in bucket.take(event):
                    yield container, passed
            if not line:
                yield "", MachineEvent("idle", "")

    return read


def parse_line(line: bytes, images: ImageTracker) -> list[MachineEvent]:
    """Parse a line of an engine's events; nothing where it is no event."""
    try:
        raw = json.loads(line or b"null")
    except (ValueError, RecursionError):
        return []
    event = parse_machine_event(raw, nested=True) if isinstance(raw, dict) else None
    return list(images.explain(event, str(raw["Actor"].get("ID")))) if event else []
