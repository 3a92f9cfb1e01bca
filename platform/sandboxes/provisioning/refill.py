"""Keep the pool of machines that are started before anybody asks."""

import logging
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from sandboxes.errors import EngineError, EngineUnavailable
from sandboxes.models import Host, Machine
from sandboxes.pool import demand, kvm
from sandboxes.pool.claims import create_machine, refresh_images
from sandboxes.provisioning.boot import boot
from sandboxes.queries import waiting_sandboxes
from sandboxes.transitions import advance_queue, queue_refill, retire_machine

logger = logging.getLogger(__name__)


def refill_pool(*, lesson_types: Mapping[str, int]) -> None:
    """Start one pooled machine on each host that lacks one, and queue a round for the rest.

    `lesson_types` says how many published lessons want a machine of each type.
    """
    for host in Host.objects.filter(accepting=True):
        try:
            refill_host(host, lesson_types)
        except EngineUnavailable as error:
            logger.warning("the pool of %s waits for the engine: %s", host, error)


def refill_host(host: Host, lesson_types: Mapping[str, int]) -> None:
    """Learn a host's images, retire what its pool has too much of, and start what it lacks.

    Raises EngineUnavailable.
    """
    kinds = demand.demanded_types(lesson_types)
    pooled = Machine.objects.filter(host=host, state=Machine.State.POOLED)
    refresh_images(host, {*kinds, *host.images, *pooled.values_list("kind", flat=True)})
    kvm.queue_trial(host, host.image_of(kvm.trial_type().name))
    targets = demand.targets(host, [kind for kind in kinds if host.image_of(kind)])
    retire_surplus(host, targets)
    if waiting_sandboxes().exists():  # students first; they take the places to start
        return
    for kind, target in targets.items():
        if deficit(host, kind, target) and (machine := create_machine(kind=kind, host=host)):
            if deficit(host, kind, target):
                queue_refill()
            start_pooled_machine(machine)


def deficit(host: Host, kind: str, target: int) -> int:
    """Return how many pooled machines of a type a host lacks, those being started counted in."""
    image = host.image_of(kind)
    if image is None:
        return 0
    states = (Machine.State.STARTING, Machine.State.POOLED)
    pooled = Machine.objects.filter(host=host, kind=kind, image=image.id, sandbox=None)
    return max(0, target - pooled.filter(state__in=states).count())


def retire_surplus(host: Host, targets: Mapping[str, int]) -> None:
    """Retire the pooled machines of images that were made again, and those that nobody needs.

    Those are beyond a type's target and have not been claimed for POOL_IDLE_MINUTES.
    """
    idle_since = timezone.now() - timedelta(minutes=settings.POOL_IDLE_MINUTES)
    counts: Counter[str] = Counter()
    pooled = Machine.objects.filter(host=host, state=Machine.State.POOLED)
    for machine in pooled.order_by("-created_at"):
        image = host.image_of(machine.kind)
        outdated = image is None or image.id != machine.image
        beyond = counts[machine.kind] >= targets.get(machine.kind, 0)
        if outdated or (beyond and machine.changed_at < idle_since):
            retire_machine(machine, from_states=(Machine.State.POOLED,))
        else:
            counts[machine.kind] += 1


def start_pooled_machine(machine: Machine) -> None:
    """Boot a machine of the pool, and retire it if it does not come up.

    Raises EngineUnavailable.
    """
    try:
        if boot(machine):
            advance_queue()
    except EngineUnavailable:
        raise
    except EngineError:
        logger.exception("machine %s of the pool is retired", machine.pk)
        retire_machine(machine)
