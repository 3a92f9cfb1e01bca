"""The warm pool, and the room for more machines. The images that count are those that Host.images names."""

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from sandboxes.engine.facts import ImageFact
from sandboxes.errors import ImageMissing
from sandboxes.hosts import engine_for
from sandboxes.machine_types.images import image_tag
from sandboxes.machine_types.registry import is_known, machine_type
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.pool.kvm import accelerator_of
from sandboxes.queries import HERE, machines_here, wanted_kinds
from sandboxes.transitions import M, claim_warm, retire_machine

logger = logging.getLogger(__name__)

CLAIM_TRIES = 5
Wanted = list[tuple[str, str]]  # names and kinds of machines


def image_of(host: Host, kind: str) -> ImageFact | None:
    """The image that new machines of a kind are made from on this host; None until refresh_images() has seen one."""
    known = host.images.get(kind)
    return ImageFact(known["id"], known["size_bytes"]) if known else None


def refresh_images(host: Host, kinds: Iterable[str]) -> None:
    """Ask the engine which images it has now. A kind without one is forgotten. Raises EngineUnavailable."""
    engine = engine_for(host)
    images = dict(host.images)
    for kind in kinds:
        try:
            image = engine.image(image_tag(kind))
            if image.volumes and not is_known(kind):
                raise ImageMissing(f"{kind} declares volumes, whose disk nobody bounds")
            images[kind] = {"id": image.id, "size_bytes": image.size_bytes}
        except ImageMissing as error:
            if images.pop(kind, None):
                logger.warning("no more machines of kind %s: %s", kind, error)
    if images != host.images:
        host.images = images
        host.save(update_fields=["images"])


# --- Claiming ---------------------------------------------------------------------------------------------------------


def take_machines(sandbox: Sandbox, *, may_start: bool) -> bool:
    """Give a sandbox all the machines it still lacks: warm ones, and with `may_start` rows for new ones. All or none:
    call it in a transaction and roll back on False."""
    here = list(sandbox.machines.select_related("host").filter(state__in=HERE))
    names = {machine.name for machine in here}
    missing = [(wanted["name"], wanted["kind"]) for wanted in sandbox.machines_wanted if wanted["name"] not in names]
    if not sandbox.has_several_machines:
        return _take(sandbox, missing, host=None, may_start=may_start)
    # They share a network, which does not reach from host to host.
    hosts = [here[0].host] if here else list(Host.objects.filter(accepting=True).order_by("pk"))
    return any(_take_or_undo(sandbox, missing, host=host, may_start=may_start) for host in hosts)


def _take_or_undo(sandbox: Sandbox, missing: Wanted, *, host: Host, may_start: bool) -> bool:
    """_take(), leaving nothing taken where it is not all."""
    with transaction.atomic():
        taken = _take(sandbox, missing, host=host, may_start=may_start)
        if not taken:
            transaction.set_rollback(True)
    return taken


def _take(sandbox: Sandbox, missing: Wanted, *, host: Host | None, may_start: bool) -> bool:
    cold = [pair for pair in missing if claim_machine(sandbox=sandbox, name=pair[0], kind=pair[1], host=host) is None]
    if not cold:
        return True
    # The machines of one sandbox are started one after the other by one worker, so they need one place to start.
    return may_start and _open_all(sandbox, cold, host)


def _open_all(sandbox: Sandbox, cold: Wanted, host: Host | None) -> bool:
    first, *others = cold
    if open_machine(sandbox=sandbox, name=first[0], kind=first[1], host=host) is None:
        return False
    return all(open_machine(sandbox=sandbox, name=name, kind=kind, host=host, queue=False) for name, kind in others)


def claim_machine(*, sandbox: Sandbox, name: str, kind: str, host: Host | None = None) -> Machine | None:
    """Claim a warm machine made from the current image, on this host if one is given; None when there is none."""
    current = _current(kind)
    if not current:
        return None
    candidates = Machine.objects.filter(current, state=M.WARM, kind=kind)
    if host is not None:
        candidates = candidates.filter(host=host)
    for _ in range(CLAIM_TRIES):
        if claim_warm(candidates, sandbox=sandbox, name=name):
            return Machine.objects.get(sandbox=sandbox, name=name, state=M.CLAIMED)
        if not candidates.exists():
            return None
    return None


def _current(kind: str) -> Q:
    """Machines made from what is the kind's image on their host now; empty (false) when no host has one."""
    current = Q()
    for host in Host.objects.all():
        if image := image_of(host, kind):
            current |= Q(host=host, image=image.id)
    return current


# --- Making new ones --------------------------------------------------------------------------------------------------


def open_machine(
    *, kind: str, sandbox: Sandbox | None = None, name: str = "", host: Host | None = None, queue: bool = True
) -> Machine | None:
    """The row of a machine to be started, where a host has room, or None. Rows in state starting are the semaphore that
    caps how many start at once on a host; `queue=False` does not wait for it."""
    with transaction.atomic():
        # The lock makes counting and inserting one step; SQLite's immediate transactions are one already.
        hosts = Host.objects.select_for_update().filter(accepting=True).order_by("pk")
        for candidate in hosts.filter(pk=host.pk) if host else hosts:
            image = image_of(candidate, kind)
            if image and has_room(candidate) and (not queue or may_start(candidate)):
                return _insert(candidate, image, kind=kind, sandbox=sandbox, name=name)
    return None


def _insert(host: Host, image: ImageFact, *, kind: str, sandbox: Sandbox | None, name: str) -> Machine | None:
    try:
        with transaction.atomic():
            return Machine.objects.create(
                host=host,
                sandbox=sandbox,
                name=name,
                kind=kind,
                image=image.id,
                accelerator=accelerator_of(host, machine_type(kind)),
                changed_at=timezone.now(),
            )
    except IntegrityError:  # another worker opened the sandbox's machine
        return None


def has_room(host: Host) -> bool:
    """Whether one more machine may exist on this host."""
    return machines_here(host).count() < min(host.machines_max, int(settings.MACHINES_MAX))


def may_start(host: Host) -> bool:
    """Whether one more machine may be starting on this host."""
    return Machine.objects.filter(host=host, state=M.STARTING).count() < int(settings.START_CONCURRENCY)


# --- Keeping it warm --------------------------------------------------------------------------------------------------


def deficit(host: Host, kind: str, target: int) -> int:
    """How many warm machines of a kind a host lacks, those being started counted as there."""
    image = image_of(host, kind)
    if image is None:
        return 0
    there = Machine.objects.filter(
        host=host, kind=kind, image=image.id, sandbox=None, state__in=(M.STARTING, M.WARM)
    ).count()
    return max(0, target - there)


def warm_kinds(host: Host) -> set[str]:
    """The kinds of which the host has warm machines."""
    return set(Machine.objects.filter(host=host, state=M.WARM).values_list("kind", flat=True))


def retire_surplus(host: Host, targets: Mapping[str, int]) -> None:
    """Give up the warm machines of images that have been rebuilt, and those beyond a kind's target that nobody has
    claimed for POOL_IDLE_MINUTES."""
    idle_since = timezone.now() - timedelta(minutes=settings.POOL_IDLE_MINUTES)
    kept: Counter[str] = Counter()
    for machine in Machine.objects.filter(host=host, state=M.WARM).order_by("-created_at"):
        image = image_of(host, machine.kind)
        outdated = image is None or image.id != machine.image
        surplus = kept[machine.kind] >= targets.get(machine.kind, 0) and machine.changed_at < idle_since
        if outdated or surplus:
            retire_machine(machine, frm=(M.WARM,))
        else:
            kept[machine.kind] += 1


def make_room(sandbox: Sandbox) -> None:
    """Give up one warm machine of a kind that the sandbox does not want, where that is what keeps it waiting: all hosts
    are full, and none is being emptied already."""
    hosts = list(Host.objects.filter(accepting=True))
    if any(has_room(host) for host in hosts) or Machine.objects.filter(host__in=hosts, state=M.REMOVING).exists():
        return
    others = Machine.objects.filter(host__in=hosts, state=M.WARM).exclude(kind__in=wanted_kinds(sandbox))
    if machine := others.order_by("created_at").first():
        retire_machine(machine, frm=(M.WARM,))


def others_wait(sandbox: Sandbox) -> bool:
    """Whether somebody waits longer than this sandbox for a machine of a kind that it wants too."""
    kinds = wanted_kinds(sandbox)
    earlier = Sandbox.objects.filter(state=Sandbox.State.REQUESTED, created_at__lt=sandbox.created_at)
    return any(kinds & wanted_kinds(other) for other in earlier.only("machines_wanted"))
