"""Read sandboxes, and put them into the JSON that pages, API and events show."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils import timezone

from sandboxes import reasons
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Host, Machine, Sandbox

# A machine takes so many seconds to start on a busy host; only for the estimate that a waiting
# student sees.
START_SECONDS = 2.0
# How long before it is parked a student is told.
PARKING_NOTICE = timedelta(minutes=1)


@dataclass(frozen=True)
class QueuePlace:
    """Say where a sandbox stands in the queue.

    `place` is how many wait until it is this one's turn (1: next), with a guess at how long in
    seconds. `full`: one has to leave first; else there is room, and only machines that start
    already come before.
    """

    place: int
    estimate_seconds: int
    full: bool


def live_sandbox(user: AbstractUser, lesson_key: str) -> Sandbox | None:
    """Return the student's sandbox for a lesson, unless it is over or about to be."""
    sandboxes = Sandbox.objects.filter(user_id=user.pk, lesson_key=lesson_key)
    return sandboxes.filter(state__in=Sandbox.ENDABLE_STATES).first()


def latest_payload(user: AbstractUser, lesson_key: str) -> dict[str, Any] | None:
    """Return sandbox_payload() of the student's newest sandbox for a lesson, if there is one.

    Whatever became of it, its reason says. One query; more while it waits in the queue.
    """
    return read_payload(Sandbox.objects.filter(user_id=user.pk, lesson_key=lesson_key))


def read_payload(sandboxes: QuerySet[Sandbox]) -> dict[str, Any] | None:
    """Return the payload of the newest of these sandboxes as it stands, machines and all.

    They are read in one query: in two, a sandbox could seem to be ready without any machine.
    """
    active = FilteredRelation("machines", condition=Q(machines__state__in=Machine.ACTIVE_STATES))
    fields = ("name", "kind", "image", "accelerator", "setup_results")
    rows = list(
        sandboxes.annotate(active=active, machine_id=F("active__pk"))
        .annotate(**{f"machine_{field}": F(f"active__{field}") for field in fields})
        # Each of its machines may be replaced just now.
        .order_by("-created_at", "active__created_at")[: 2 * settings.MACHINES_PER_SANDBOX]
    )
    if not rows:
        return None
    sandbox: Any = rows[0]
    joined: list[Any] = [row for row in rows if row.pk == sandbox.pk]
    machines = [
        Machine(
            pk=row.machine_id,
            name=row.machine_name,
            kind=row.machine_kind,
            image=row.machine_image,
            accelerator=row.machine_accelerator,
            setup_results=row.machine_setup_results or {},
        )
        for row in joined
        if row.machine_id is not None
    ]
    return payload_of(sandbox, machines)


def waiting_sandboxes() -> QuerySet[Sandbox]:
    """Return everybody in the queue, first come first."""
    return Sandbox.objects.filter(state=Sandbox.State.REQUESTED).order_by("created_at", "pk")


def present_machines(host: Host) -> QuerySet[Machine]:
    """Return the machines that take up room on a host, those being removed included."""
    return Machine.objects.filter(host=host).exclude(state=Machine.State.GONE)


def has_room(host: Host) -> bool:
    """Whether one more machine may exist on this host."""
    most = min(host.machines_max, int(settings.MACHINES_MAX))
    return not host.shortages and present_machines(host).count() < most


def queue_place(sandbox: Sandbox) -> QueuePlace:
    """Return where a requested sandbox stands.

    With room left the wait is the starts before it; in a full house it is until enough of the
    others expire.
    """
    place = waiting_sandboxes().filter(created_at__lt=sandbox.created_at).count() + 1
    return _queue_places(place)[place]


def waiting_payloads() -> list[tuple[Sandbox, dict[str, Any]]]:
    """Return everybody in the queue with their payload; the house is looked at once for all."""
    sandboxes = list(waiting_sandboxes())
    places = _queue_places(len(sandboxes)) if sandboxes else {}
    return [
        (sandbox, payload_of(sandbox, [], places[number]))
        for number, sandbox in enumerate(sandboxes, 1)
    ]


def _queue_places(last: int) -> dict[int, QueuePlace]:
    """Return what there is to tell of the places from 1 to `last`."""
    state = Sandbox.State
    full = not any(has_room(host) for host in Host.objects.filter(accepting=True))
    holders = Sandbox.objects.filter(state__in=(state.STARTING, state.READY, state.PARKED))
    ends = list(holders.order_by("expires_at").values_list("expires_at", flat=True)[:last])
    now = timezone.now()
    places = {}
    for place in range(1, last + 1):
        seconds = math.ceil(place / settings.START_CONCURRENCY) * START_SECONDS
        if full and ends:
            end = ends[min(place, len(ends)) - 1]
            seconds += max(0.0, (end - now).total_seconds())
        elif full:
            seconds += START_SECONDS
        places[place] = QueuePlace(place, math.ceil(seconds), full=full)
    return places


def lifetime() -> timedelta:
    """Return how long a sandbox lasts unless it is extended."""
    return timedelta(minutes=settings.SANDBOX_LIFETIME_MINUTES)


def lifetime_end(sandbox: Sandbox) -> datetime:
    """Return the time beyond which a sandbox can't be extended."""
    return sandbox.created_at + timedelta(minutes=settings.SANDBOX_LIFETIME_MAX_MINUTES)


def idle_since() -> datetime:
    """Return the time since which nobody must have been active for a sandbox to be parked."""
    return timezone.now() - timedelta(minutes=settings.SANDBOX_IDLE_MINUTES)


def parking_notice_since() -> datetime:
    """Return the same for a student to be told that it will be parked."""
    notice = min(PARKING_NOTICE, timedelta(minutes=settings.SANDBOX_IDLE_MINUTES) / 2)
    return idle_since() + notice


def parks_at(sandbox: Sandbox) -> datetime | None:
    """Return when a sandbox will be parked, None while that is far off."""
    if sandbox.state != Sandbox.State.READY or sandbox.active_at > parking_notice_since():
        return None
    return sandbox.active_at + timedelta(minutes=settings.SANDBOX_IDLE_MINUTES)


def sandbox_payload(sandbox: Sandbox) -> dict[str, Any]:
    """Return a sandbox as JSON, as it stands now.

    {"id", "lesson", "state", "reason", "notice": what to know of a ready one, "queue": {"place",
    "estimate_seconds", "full"} | null, "expires_at", "extendable", "parks_at": when that is near,
    "home_max_bytes", "accelerator": what runs the guests of its virtual machines, if it has any,
    "unprepared": [slug of an exercise whose setup script failed], "machines": [{"id", "name",
    "kind", "image", "accelerator", "terminal"}]}.
    """
    payload = read_payload(Sandbox.objects.filter(pk=sandbox.pk))
    return payload_of(sandbox, []) if payload is None else payload


def payload_of(
    sandbox: Sandbox, machines: Sequence[Machine], place: QueuePlace | None = None
) -> dict[str, Any]:
    """Return a sandbox and its machines, which have been read together, as JSON.

    `place` is where it stands in the queue, if that was looked up already.
    """
    waiting = sandbox.state == Sandbox.State.REQUESTED
    accelerators = [machine.accelerator for machine in machines if machine.accelerator]
    parking = parks_at(sandbox)
    return {
        "id": str(sandbox.pk),
        "lesson": sandbox.lesson_key,
        "state": str(sandbox.state),
        "reason": sandbox.reason,
        "notice": reasons.notice(sandbox.reason) if sandbox.state == Sandbox.State.READY else "",
        "queue": asdict(place or queue_place(sandbox)) if waiting else None,
        "expires_at": sandbox.expires_at.isoformat(),
        "extendable": sandbox.expires_at < lifetime_end(sandbox),
        "parks_at": parking.isoformat() if parking else None,
        "home_max_bytes": settings.HOME_MAX_BYTES,
        "accelerator": next(iter(accelerators), None),
        "unprepared": sorted(slug for machine in machines for slug in machine.setup_failed),
        "machines": [
            {
                "id": str(machine.pk),
                "name": machine.name,
                "kind": machine_type(machine.kind).name,
                "image": machine.image,
                "accelerator": machine.accelerator or None,
                "terminal": f"/ws/terminals/{machine.pk}/",
            }
            for machine in machines
        ],
    }
