"""Decide how many pooled machines of each type a host keeps.

DRYDOCK_POOL says how many there must be. Beyond that, every type that a published lesson names, or
that somebody asked for of late, is kept once, and once more for each time it was asked for in the
last minutes: so that a class that begins finds more and more machines ready. What is asked for most
comes first, until the memory that is set aside is used up. Memory is counted by the machines'
limits, of which idle ones use little.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max
from django.utils import timezone

from sandboxes.hosts import engine_for
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Host, Machine, Sandbox

RUSH = timedelta(minutes=10)
# A type whose machines did not come up is left alone for a while, longer each time.
FAILURES, PAUSE_SECONDS, PAUSE_MAX = 2, 2, timedelta(minutes=5)


def demanded_types(lesson_types: Mapping[str, int]) -> list[str]:
    """Return every type that is to be pooled if there is room for it, the most wanted first.

    `lesson_types` says how many published lessons want a machine of each type.
    """
    recent = _requests_since(timezone.now() - timedelta(minutes=settings.POOL_IDLE_MINUTES))
    kinds = (set(settings.POOL) | set(recent) | set(lesson_types)) - _failing_types()

    def rank(kind: str) -> tuple[bool, int, int, str]:
        return kind not in settings.POOL, -recent[kind], -lesson_types.get(kind, 0), kind

    return sorted(kinds, key=rank)


def targets(host: Host, kinds: Iterable[str]) -> dict[str, int]:
    """Return how many of each type the host should have, never less than DRYDOCK_POOL.

    `kinds` comes in the order of demand. Raises EngineUnavailable.
    """
    kinds = list(kinds)
    rush = _requests_since(timezone.now() - RUSH)
    counts = {kind: int(settings.POOL.get(kind, 0)) for kind in kinds}
    memory = {kind: machine_type(kind).memory_bytes for kind in kinds}
    left = memory_budget(host) - sum(memory[kind] * count for kind, count in counts.items())
    absent = [kind for kind in kinds if not counts[kind]]
    for number in range(1 + max(rush.values(), default=0)):
        for kind in absent if number == 0 else kinds:
            if counts[kind] <= rush[kind] and left >= memory[kind]:
                counts[kind] += 1
                left -= memory[kind]
    return counts


def memory_budget(host: Host) -> int:
    """Return the bytes that a host's pooled machines may add up to by their limits.

    Raises EngineUnavailable.
    """
    if settings.POOL_MEMORY_BYTES is not None:
        return int(settings.POOL_MEMORY_BYTES)
    if not host.memory_bytes:
        host.memory_bytes = engine_for(host).info().memory_bytes
        host.save(update_fields=["memory_bytes"])
    return int(host.memory_bytes * settings.POOL_MEMORY_SHARE)


def _requests_since(moment: datetime) -> Counter[str]:
    """Count by type the machines that sandboxes have requested."""
    sandboxes = Sandbox.objects.filter(created_at__gte=moment)
    lists = sandboxes.values_list("requested_machines", flat=True)
    return Counter(requested["kind"] for machines in lists for requested in machines)


def _failing_types() -> set[str]:
    """Return the types to be left alone now, for their pooled machines did not come up.

    A machine gets a container when it is ready.
    """
    now = timezone.now()
    retired = Machine.objects.filter(
        sandbox=None,
        container_id="",
        state__in=(Machine.State.REMOVING, Machine.State.GONE),
        changed_at__gte=now - 2 * PAUSE_MAX,
    )
    failures = retired.values_list("kind").annotate(Count("pk"), Max("changed_at")).order_by()
    return {kind for kind, count, last in failures if now < last + _pause_after(count)}


def _pause_after(failures: int) -> timedelta:
    """Return how long to leave a type alone after so many failures of late."""
    if failures < FAILURES:
        return timedelta(0)
    return min(PAUSE_MAX, timedelta(seconds=PAUSE_SECONDS * 2 ** min(failures, 10)))
