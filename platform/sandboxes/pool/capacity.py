"""Know what a host has left, and leave it alone for a while after it refused.

A worker measures (`measure_hosts`) and keeps what it saw in the host's row, where placement,
readiness and the queue's estimate read it: none of them need be on that host.
"""

import logging
import random
from dataclasses import asdict
from datetime import timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from sandboxes.errors import EngineUnavailable
from sandboxes.hosts import engine_for
from sandboxes.models import Host

logger = logging.getLogger(__name__)

REST_SECONDS, REST_MAX_SECONDS = 1.0, 120.0


def measure_hosts() -> None:
    """Look what each host has left. One whose engine can't be reached keeps its last figures."""
    for host in Host.objects.all():
        try:
            measure_host(host)
        except EngineUnavailable as error:
            logger.warning("%s is not measured: %s", host, error)


def measure_host(host: Host) -> None:
    """Look what a host has left, and say in the log what is new about it.

    Raises EngineUnavailable.
    """
    before = host.shortages
    host.resources = [asdict(resource) for resource in engine_for(host).resources()]
    Host.objects.filter(pk=host.pk).update(resources=host.resources)
    after = host.shortages
    if after.keys() - before.keys():
        shortages = "; ".join(f"{name}: {left}" for name, left in after.items())
        logger.warning("no new machines on %s: %s", host, shortages)
    elif before and not after:
        logger.info("%s has room for machines again", host)


def open_hosts() -> QuerySet[Host]:
    """Return the hosts that take new machines and do not rest."""
    rested = Q(rests_until=None) | Q(rests_until__lte=timezone.now())
    return Host.objects.filter(rested, accepting=True).order_by("pk")


def note_refusal(host: Host, reason: object) -> None:
    """Leave a host alone for a while that could not make a machine; longer each time in a row."""
    seconds = min(REST_MAX_SECONDS, REST_SECONDS * 2 ** min(host.refusals, 10))
    seconds *= random.uniform(0.8, 1.2)  # noqa: S311  no secret
    until = timezone.now() + timedelta(seconds=seconds)
    Host.objects.filter(pk=host.pk).update(refusals=F("refusals") + 1, rests_until=until)
    logger.warning("%s makes no machines for %.0f s: %s", host, seconds, reason)


def note_success(host: Host) -> None:
    """Forget a host's refusals: it has made a machine."""
    if host.refusals:
        Host.objects.filter(pk=host.pk).update(refusals=0, rests_until=None)
