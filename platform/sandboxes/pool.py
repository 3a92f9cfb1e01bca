"""The warm pool, and the room for more machines. The images that count are those that Host.images names."""

from collections.abc import Iterable

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from sandboxes.engine import ImageFact
from sandboxes.errors import ImageMissing
from sandboxes.hosts import engine_for
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.queries import HERE, machines_here, wanted_kinds
from sandboxes.states import M, claim_warm, retire_machine

CLAIM_TRIES = 5


def image_tag(kind: str) -> str:
    """The name under which a kind's image is built."""
    return f"{settings.INSTALLATION}/{kind}:latest"


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
            images[kind] = {"id": image.id, "size_bytes": image.size_bytes}
        except ImageMissing:
            images.pop(kind, None)
    if images != host.images:
        host.images = images
        host.save(update_fields=["images"])


# --- Claiming ---------------------------------------------------------------------------------------------------------


def take_machines(sandbox: Sandbox, *, may_start: bool) -> bool:
    """Give a sandbox all the machines it still lacks: warm ones, and with `may_start` rows for new ones. All or none:
    call it in a transaction and roll back on False."""
    has = set(sandbox.machines.filter(state__in=HERE).values_list("name", flat=True))
    missing = [(wanted["name"], wanted["kind"]) for wanted in sandbox.machines_wanted if wanted["name"] not in has]
    cold = [pair for pair in missing if claim_machine(sandbox=sandbox, name=pair[0], kind=pair[1]) is None]
    if not cold:
        return True
    # The machines of one sandbox are started one after the other by one worker, so they need one place to start.
    return may_start and _open_all(sandbox, cold)


def _open_all(sandbox: Sandbox, cold: list[tuple[str, str]]) -> bool:
    first, *others = cold
    if open_machine(sandbox=sandbox, name=first[0], kind=first[1]) is None:
        return False
    return all(open_machine(sandbox=sandbox, name=name, kind=kind, queue=False) for name, kind in others)


def claim_machine(*, sandbox: Sandbox, name: str, kind: str) -> Machine | None:
    """Claim a warm machine made from the current image; None when there is none."""
    current = _current(kind)
    if not current:
        return None
    candidates = Machine.objects.filter(current, state=M.WARM, kind=kind)
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
                host=host, sandbox=sandbox, name=name, kind=kind, image=image.id, changed_at=timezone.now()
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


def deficit(host: Host, kind: str) -> int:
    """How many warm machines of a kind are wanting on a host, those being started counted as there."""
    image = image_of(host, kind)
    if image is None:
        return 0
    there = Machine.objects.filter(
        host=host, kind=kind, image=image.id, sandbox=None, state__in=(M.STARTING, M.WARM)
    ).count()
    return max(0, int(settings.POOL.get(kind, 0)) - there)


def retire_outdated(host: Host) -> None:
    """Give up the warm machines of images that have been rebuilt, and of kinds that are no longer kept warm."""
    for machine in Machine.objects.filter(host=host, state=M.WARM):
        image = image_of(host, machine.kind)
        if image is None or image.id != machine.image or machine.kind not in settings.POOL:
            retire_machine(machine, frm=(M.WARM,))


def others_wait(sandbox: Sandbox) -> bool:
    """Whether somebody waits longer than this sandbox for a machine of a kind that it wants too."""
    kinds = wanted_kinds(sandbox)
    earlier = Sandbox.objects.filter(state=Sandbox.State.REQUESTED, created_at__lt=sandbox.created_at)
    return any(kinds & wanted_kinds(other) for other in earlier.only("machines_wanted"))
