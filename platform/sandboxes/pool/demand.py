"""How many warm machines of each kind a host keeps.

DRYDOCK_POOL says how many there must be. Beyond that, every kind that a published lesson names, or that somebody asked
for of late, is wanted once, and once more for each time it was asked for in the last minutes: so that a class that
begins finds more and more machines ready. What is wanted most comes first, until the memory that is set aside is used
up. Memory is counted by the machines' limits, of which idle ones use little.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from core.signals import kinds_in_use
from sandboxes.hosts import engine_for
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.transitions import M

RUSH = timedelta(minutes=10)
# A kind whose machines did not come up is left alone for a while.
PAUSE, FAILURES = timedelta(minutes=5), 2


def wanted_kinds() -> list[str]:
    """Every kind that is to be kept warm if there is room for it, the most wanted first."""
    now = timezone.now()
    recent = _asked_since(now - timedelta(minutes=settings.POOL_IDLE_MINUTES))
    lessons = _in_lessons()
    paused = _failing()
    kinds = (set(settings.POOL) | set(recent) | set(lessons)) - paused
    return sorted(kinds, key=lambda kind: (kind not in settings.POOL, -recent[kind], -lessons[kind], kind))


def targets(host: Host, kinds: Iterable[str]) -> dict[str, int]:
    """How many of each kind the host should have, given what is wanted, in order. Never less than DRYDOCK_POOL."""
    kinds = list(kinds)
    rush = _asked_since(timezone.now() - RUSH)
    found = {kind: int(settings.POOL.get(kind, 0)) for kind in kinds}
    left = budget(host) - sum(machine_type(kind).memory_bytes * count for kind, count in found.items())
    wishes = [kind for kind in kinds if not found[kind]]
    for round_ in range(1 + max(rush.values(), default=0)):
        for kind in wishes if round_ == 0 else kinds:
            if found[kind] <= rush[kind] and left >= machine_type(kind).memory_bytes:
                found[kind] += 1
                left -= machine_type(kind).memory_bytes
    return found


def budget(host: Host) -> int:
    """Bytes of memory that the warm machines of a host may add up to by their limits. Raises EngineUnavailable."""
    if settings.POOL_MEMORY_BYTES is not None:
        return int(settings.POOL_MEMORY_BYTES)
    if not host.memory_bytes:
        host.memory_bytes = engine_for(host).info().memory_bytes
        host.save(update_fields=["memory_bytes"])
    return int(host.memory_bytes * settings.POOL_MEMORY_SHARE)


def _asked_since(moment: datetime) -> Counter[str]:
    lists = Sandbox.objects.filter(created_at__gte=moment).values_list("machines_wanted", flat=True)
    return Counter(wanted["kind"] for machines in lists for wanted in machines)


def _in_lessons() -> Counter[str]:
    counted: Counter[str] = Counter()
    for _, answer in kinds_in_use.send(sender=None):
        counted.update(answer)
    return counted


def _failing() -> set[str]:
    """Kinds of which machines of the pool were given up before they were ready, which is when they get a container."""
    given_up = Machine.objects.filter(
        sandbox=None, container_id="", state__in=(M.REMOVING, M.GONE), changed_at__gte=timezone.now() - PAUSE
    )
    counted = Counter(given_up.values_list("kind", flat=True))
    return {kind for kind, count in counted.items() if count >= FAILURES and not settings.POOL.get(kind)}
