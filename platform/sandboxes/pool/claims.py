"""Claim machines of the pool, and room for more of them.

The images that count are those that Host.images names.
"""

import logging
from collections.abc import Iterable
from functools import partial

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from sandboxes.errors import EngineError, ImageMissing, NotItsTurn
from sandboxes.hosts import engine_for
from sandboxes.machine_types.images import image_tag
from sandboxes.machine_types.registry import is_known, machine_type
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.pool.capacity import open_hosts
from sandboxes.queries import has_room
from sandboxes.transitions import claim_first, move_sandbox, retire_machine

logger = logging.getLogger(__name__)

REQUESTED, STARTING = Sandbox.State.REQUESTED, Sandbox.State.STARTING
CLAIM_TRIES = 5


# --- Images -------------------------------------------------------------------------------------


def find_images(kinds: Iterable[str]) -> None:
    """Ask hosts about types that no host is known to have an image of.

    Raises ImageMissing when none has one.
    """
    hosts = list(Host.objects.filter(accepting=True))
    for kind in kinds:
        if any(kind in host.images for host in hosts):
            continue
        for host in hosts:
            refresh_images(host, [kind])
        if hosts and not any(kind in host.images for host in hosts):
            raise ImageMissing(kind)


def refresh_images(host: Host, kinds: Iterable[str]) -> None:
    """Ask the engine which images it has now, and forget a kind without one.

    Raises EngineUnavailable.
    """
    engine = engine_for(host)
    images = dict(host.images)
    for kind in kinds:
        try:
            image = engine.image(image_tag(kind))
            if image.volumes and not is_known(kind):
                raise ImageMissing(f"{kind} declares volumes, whose size can't be limited")
            images[kind] = {"id": image.id, "size_bytes": image.size_bytes}
        except ImageMissing as error:
            if images.pop(kind, None):
                logger.warning("no more machines of kind %s: %s", kind, error)
    if images != host.images:
        host.images = images
        host.save(update_fields=["images"])


# --- Claiming -----------------------------------------------------------------------------------


def claim_missing(sandbox: Sandbox, *, reason: str) -> None:
    """Let a sandbox start with the machines that it lacks, new ones too.

    `reason` is for the student, while they start. Raises NotItsTurn when there is no room, having
    made some if that helps.
    """
    active = sandbox.machines.filter(state__in=Machine.ACTIVE_STATES).count()
    if sandbox.state == STARTING and active == len(sandbox.requested_machines):
        return
    with transaction.atomic():
        claimed = claim_machines(sandbox, may_create=True) and move_sandbox(
            sandbox, from_states=(REQUESTED, STARTING), to=STARTING, reason=reason
        )
        if not claimed:
            transaction.set_rollback(True)
    if not claimed:
        make_room(sandbox)
        raise NotItsTurn


def claim_machines(sandbox: Sandbox, *, may_create: bool) -> bool:
    """Give a sandbox all the machines that it still lacks, and return whether it has them now.

    They come from the pool, and with `may_create` as rows of new ones. All or none: call it in a
    transaction and roll back on False.
    """
    active = list(sandbox.machines.select_related("host").filter(state__in=Machine.ACTIVE_STATES))
    names = {machine.name for machine in active}
    missing = {
        requested["name"]: requested["kind"]
        for requested in sandbox.requested_machines
        if requested["name"] not in names
    }
    if not sandbox.has_several_machines:
        return _claim_on_host(sandbox, missing, host=None, may_create=may_create)
    # They share a network, which does not reach from host to host.
    accepting = Host.objects.filter(accepting=True).order_by("pk")
    for host in [active[0].host] if active else list(accepting):
        with transaction.atomic():
            if _claim_on_host(sandbox, missing, host=host, may_create=may_create):
                return True
            transaction.set_rollback(True)
    return False


def _claim_on_host(
    sandbox: Sandbox, missing: dict[str, str], *, host: Host | None, may_create: bool
) -> bool:
    """Claim machines, by their names and kinds, on one host, or on any for None."""
    new = {
        name: kind
        for name, kind in missing.items()
        if claim_pooled_machine(sandbox=sandbox, name=name, kind=kind, host=host) is None
    }
    # The machines of one sandbox are started one after the other by one worker, so that they need
    # one place to start: only the first waits for it.
    return not new or (
        may_create
        and all(
            create_machine(
                sandbox=sandbox, name=name, kind=kind, host=host, needs_place=position == 0
            )
            for position, (name, kind) in enumerate(new.items())
        )
    )


def claim_pooled_machine(
    *, sandbox: Sandbox, name: str, kind: str, host: Host | None = None
) -> Machine | None:
    """Claim a machine of the pool that is made from the current image; None without any.

    With `host`, one that is there.
    """
    current = Q()
    for candidate in Host.objects.all():
        if image := candidate.image_of(kind):
            current |= Q(host=candidate, image=image.id)
    if not current:
        return None
    candidates = Machine.objects.filter(current, state=Machine.State.POOLED, kind=kind)
    if host is not None:
        candidates = candidates.filter(host=host)
    for _ in range(CLAIM_TRIES):
        if claim_first(candidates, sandbox=sandbox, name=name):
            machine = Machine.objects.select_related("host").get(
                sandbox=sandbox, name=name, state=Machine.State.CLAIMED
            )
            transaction.on_commit(partial(name_machine, machine))
            return machine
        if not candidates.exists():
            return None
    return None


def name_machine(machine: Machine) -> None:
    """Give a machine of the pool the name that it has in the lesson now; ask no engine for it.

    One that can't be named is on its way out, or on another host, and goes on without.
    """
    try:
        engine_for(machine.host).name_machine(str(machine.pk), machine.name)
    except EngineError as error:
        logger.warning("%s", error)


# --- Making new ones ----------------------------------------------------------------------------


def create_machine(
    *,
    kind: str,
    sandbox: Sandbox | None = None,
    name: str = "",
    host: Host | None = None,
    needs_place: bool = True,
) -> Machine | None:
    """Insert the row of a machine to be started, where a host has room; None without any.

    Rows in state starting are the semaphore that caps how many start at once on a host;
    `needs_place=False` does not wait for it.
    """
    with transaction.atomic():
        # The lock makes counting and inserting one step; SQLite's immediate transactions are one
        # already.
        hosts = open_hosts().select_for_update()
        for candidate in hosts.filter(pk=host.pk) if host else hosts:
            image = candidate.image_of(kind)
            if image and has_room(candidate) and (not needs_place or may_start(candidate)):
                break
        else:
            return None
        try:
            with transaction.atomic():
                return Machine.objects.create(
                    host=candidate,
                    sandbox=sandbox,
                    name=name,
                    kind=kind,
                    image=image.id,
                    accelerator=machine_type(kind).accelerator(kvm_works=candidate.kvm_works),
                    changed_at=timezone.now(),
                )
        except IntegrityError:  # another worker made the sandbox's machine
            return None


def may_start(host: Host) -> bool:
    """Whether one more machine may be starting on this host."""
    starting = Machine.objects.filter(host=host, state=Machine.State.STARTING)
    return starting.count() < int(settings.START_CONCURRENCY)


# --- The queue ----------------------------------------------------------------------------------


def make_room(sandbox: Sandbox) -> None:
    """Retire one pooled machine that the sandbox does not want, if that keeps it waiting.

    It does when all hosts are full, and none is being emptied already.
    """
    hosts = list(Host.objects.filter(accepting=True))
    removing = Machine.objects.filter(host__in=hosts, state=Machine.State.REMOVING)
    if any(has_room(host) for host in hosts) or removing.exists():
        return
    pooled = Machine.objects.filter(host__in=hosts, state=Machine.State.POOLED)
    others = pooled.exclude(kind__in=sandbox.machine_types)
    if machine := others.order_by("created_at").first():
        retire_machine(machine, from_states=(Machine.State.POOLED,))


def others_wait(sandbox: Sandbox) -> bool:
    """Whether somebody waits longer than this sandbox for a machine of a type it wants too."""
    earlier = Sandbox.objects.filter(
        state=Sandbox.State.REQUESTED, created_at__lt=sandbox.created_at
    )
    types = sandbox.machine_types
    return any(types & other.machine_types for other in earlier.only("requested_machines"))
