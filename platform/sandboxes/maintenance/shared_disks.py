"""Bound what all of a student's machines on a host may write together.

Each machine has a limit of its own, and a student may have many.
"""

from collections import defaultdict

from django.conf import settings

from sandboxes.hosts import engine_for
from sandboxes.models import Host, Machine


def share_disks(host: Host, *, user_id: int | None = None) -> None:
    """Bound the machines of every student, or of one, who has several on this host.

    Raises EngineUnavailable.
    """
    states = (Machine.State.CLAIMED, Machine.State.PARKED)
    rows = Machine.objects.filter(host=host, state__in=states, sandbox__isnull=False)
    if user_id is not None:
        rows = rows.filter(sandbox__user=user_id)
    machines: dict[int, list[str]] = defaultdict(list)
    for owner, container_id in rows.values_list("sandbox__user", "container_id"):
        machines[owner].append(container_id)
    for owner, container_ids in machines.items():
        if len(container_ids) > 1:
            engine_for(host).share_disk(owner, container_ids, settings.STUDENT_DISK_BYTES)
