"""Reads of sandboxes and the JSON that pages, API and events show."""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils import timezone

from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Host, Machine, Sandbox

# What a machine takes to start on a busy host, in seconds; only for the estimate that a waiting student sees.
START_SECONDS = 2.0
HERE = (Machine.State.STARTING, Machine.State.WARM, Machine.State.CLAIMED, Machine.State.PARKED)


@dataclass(frozen=True)
class QueuePlace:
    """How many wait until it is this one's turn (1: next), and a guess at how long in seconds. `full`: one has
    to leave first; else there is room, and only machines that start already come before."""

    place: int
    estimate_seconds: int
    full: bool


def live_sandbox(user: AbstractUser, lesson_key: str) -> Sandbox | None:
    """The student's sandbox for a lesson unless it is gone or failed."""
    return Sandbox.objects.filter(user_id=user.pk, lesson_key=lesson_key, state__in=Sandbox.LIVE).first()


def latest_sandbox(user: AbstractUser, lesson_key: str) -> Sandbox | None:
    """The student's newest sandbox for a lesson, whatever became of it; its reason says what did."""
    return Sandbox.objects.filter(user_id=user.pk, lesson_key=lesson_key).order_by("-created_at").first()


def latest_payload(user: AbstractUser, lesson_key: str) -> dict[str, Any] | None:
    """sandbox_payload() of latest_sandbox() with its machines. One query; more while it waits in the queue."""
    here = FilteredRelation("machines", condition=Q(machines__state__in=HERE))
    rows = list(
        Sandbox.objects.filter(user_id=user.pk, lesson_key=lesson_key)
        .annotate(here=here, machine_id=F("here__pk"), machine_name=F("here__name"))
        .annotate(machine_kind=F("here__kind"), machine_image=F("here__image"), prepared=F("here__prepared"))
        .annotate(machine_accelerator=F("here__accelerator"))
        .order_by("-created_at", "here__created_at")[
            : 2 * settings.MACHINES_PER_SANDBOX
        ]  # each may be replaced just now
    )
    return sandbox_payload(rows[0], [_joined_machine(row) for row in rows if _same(row, rows[0])]) if rows else None


def _same(row: Sandbox, first: Sandbox) -> bool:
    """Whether a joined row is of the first row's sandbox and has a machine."""
    return row.pk == first.pk and row.machine_id is not None  # type: ignore[attr-defined]  # annotated by the query


def _joined_machine(row: Any) -> Machine:
    return Machine(
        pk=row.machine_id,
        name=row.machine_name,
        kind=row.machine_kind,
        image=row.machine_image,
        accelerator=row.machine_accelerator,
        prepared=row.prepared or {},
    )


def waiting_sandboxes() -> QuerySet[Sandbox]:
    """Everybody in the queue, first come first."""
    return Sandbox.objects.filter(state=Sandbox.State.REQUESTED).order_by("created_at", "pk")


def machines_here(host: Host | None = None) -> QuerySet[Machine]:
    """Machines that take up room: everything not gone, those being removed included."""
    machines = Machine.objects.exclude(state=Machine.State.GONE)
    return machines.filter(host=host) if host else machines


def queue_place(sandbox: Sandbox) -> QueuePlace:
    """Where a requested sandbox stands. With room left the wait is the starts before it; in a full house it is until
    enough of the others expire."""
    ahead = waiting_sandboxes().filter(created_at__lt=sandbox.created_at).count()
    place = ahead + 1
    starts = math.ceil(place / settings.START_CONCURRENCY) * START_SECONDS
    if not _full():
        return QueuePlace(place, math.ceil(starts), full=False)
    return QueuePlace(place, math.ceil(_seconds_until_free(place) + starts), full=True)


def _full() -> bool:
    return not any(
        machines_here(host).count() < min(host.machines_max, settings.MACHINES_MAX)
        for host in Host.objects.filter(accepting=True)
    )


def _seconds_until_free(places: int) -> float:
    """Seconds until `places` sandboxes have reached their end."""
    holding = Sandbox.objects.filter(state__in=(Sandbox.State.STARTING, Sandbox.State.READY, Sandbox.State.PARKED))
    ends = list(holding.order_by("expires_at").values_list("expires_at", flat=True)[:places])
    if not ends:
        return START_SECONDS
    return max(0.0, (ends[-1] - timezone.now()).total_seconds())


def lifetime_end(sandbox: Sandbox) -> datetime:
    """The time beyond which a sandbox can't be extended."""
    return sandbox.created_at + timedelta(minutes=settings.SANDBOX_LIFETIME_MAX_MINUTES)


def sandbox_payload(sandbox: Sandbox, machines: Iterable[Machine] | None = None) -> dict[str, Any]:
    """The sandbox as JSON: {"id", "lesson", "state", "reason", "queue": {"place", "estimate_seconds", "full"} |
    null, "expires_at", "extendable", "home_max_bytes", "accelerator", "unprepared": [slug of an exercise whose setup
    script failed], "machines": [{"id", "name", "kind", "image", "accelerator", "terminal"}]}. `machines`: when they
    have been read already."""
    if machines is None:
        machines = sandbox.machines.filter(state__in=HERE)
    machines = list(machines)
    waiting = sandbox.state == Sandbox.State.REQUESTED
    return {
        "id": str(sandbox.pk),
        "lesson": sandbox.lesson_key,
        "state": str(sandbox.state),
        "reason": sandbox.reason,
        "queue": asdict(queue_place(sandbox)) if waiting else None,
        "expires_at": sandbox.expires_at.isoformat(),
        "extendable": sandbox.expires_at < lifetime_end(sandbox),
        "home_max_bytes": settings.HOME_MAX_BYTES,
        "accelerator": _accelerator(machines),
        "unprepared": sorted(slug for machine in machines for slug in machine.unprepared),
        "machines": [_machine_payload(machine) for machine in machines],
    }


def _accelerator(machines: list[Machine]) -> str | None:
    """What runs the guests of a sandbox's virtual machines, None without any."""
    return next((machine.accelerator for machine in machines if machine.accelerator), None)


def _machine_payload(machine: Machine) -> dict[str, Any]:
    return {
        "id": str(machine.pk),
        "name": machine.name,
        "kind": machine_type(machine.kind).name,
        "image": machine.image,
        "accelerator": machine.accelerator or None,
        "terminal": f"/ws/terminals/{machine.pk}/",
    }


def wanted_kinds(sandbox: Sandbox) -> set[str]:
    """The machine kinds that a sandbox's lesson asks for."""
    return {wanted["kind"] for wanted in sandbox.machines_wanted}
