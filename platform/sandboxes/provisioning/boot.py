"""Bring machines from their images to the moment at which a student could type into them."""

import logging

from core.logging.stopwatch import Stopwatch
from sandboxes.engine.facts import ImageFact, MachineHandle, MachineSpec, Transport
from sandboxes.engine.interface import MachineRuntime, SandboxEngine
from sandboxes.errors import (
    EngineError,
    EngineUnavailable,
    MachineMissing,
    MachineTypeRefused,
    NoRoom,
)
from sandboxes.hosts import engine_for
from sandboxes.machine_types.registry import machine_type
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.pool.capacity import note_refusal, note_success
from sandboxes.transitions import machine_lost, move_machine, retire_machine

logger = logging.getLogger(__name__)

HOSTNAME = "box"


def machine_spec(
    kind: str,
    *,
    machine_id: str,
    image: ImageFact,
    transport: Transport,
    hostname: str = HOSTNAME,
    awaits_name: bool = False,
    accelerator: str = "",
) -> MachineSpec:
    """Return what the engine is to make of a machine type, or of an instructor's own image."""
    made_as = machine_type(kind)
    return MachineSpec(
        machine_id=machine_id,
        kind=kind,
        image=image.id,
        hostname=hostname,
        limits=made_as.limits_with(accelerator),
        transport=transport,
        image_bytes=image.size_bytes,
        command=made_as.command,
        runtime=made_as.runtime,
        awaits_name=awaits_name,
    )


def make_and_start(engine: MachineRuntime, spec: MachineSpec) -> MachineHandle:
    """Make a machine, start it and wait until it is ready. Safe to call again.

    Raises EngineError.
    """
    handle = engine.create_machine(spec)
    start(engine, handle, spec.kind)
    return handle


def start(
    engine: MachineRuntime,
    handle: MachineHandle,
    kind: str,
    hostname: str = "",
    watch: Stopwatch | None = None,
) -> None:
    """Start a machine that has been made and wait until it is ready. Raises EngineError."""
    watch = watch or Stopwatch()
    engine.start_machine(handle.container_id, hostname)
    watch.lap("started")
    engine.wait_for_shell(handle)
    watch.lap("shell")
    engine.wait_until_ready(handle.container_id, machine_type(kind).ready)
    watch.lap("ready")


def boot_machines(sandbox: Sandbox, *, last_try: bool) -> bool:
    """Start what is not running.

    Returns False when a machine had to be retired, unless this is the last try: then it raises
    EngineError.
    """
    stopped = (Machine.State.STARTING, Machine.State.PARKED)
    for machine in sandbox.machines.select_related("host").filter(state__in=stopped):
        try:
            boot(machine)
        except (EngineUnavailable, NoRoom, MachineTypeRefused):
            raise
        except MachineMissing:
            machine_lost(machine)
            return False
        except EngineError:
            # A stopped one that does not start again is lost with its files, and its student told.
            retire = machine_lost if machine.state == Machine.State.PARKED else retire_machine
            retire(machine)
            if last_try:
                raise
            logger.exception("machine %s is retired", machine.pk)
            return False
    return True


def boot(machine: Machine) -> bool:
    """Start a machine whose row is starting or parked, and wait until it is ready.

    Returns False when its row has moved on meanwhile. Raises EngineError.
    """
    engine, watch = engine_for(machine.host), Stopwatch()
    try:
        handle = bring_up(engine, machine, watch)
    except NoRoom as error:
        note_refusal(machine.host, error)
        raise
    note_success(machine.host)
    moved = move_machine(
        machine,
        from_states=(machine.state,),
        to=Machine.State.CLAIMED if machine.sandbox_id else Machine.State.POOLED,
        container_id=handle.container_id,
        network_id=handle.network_id,
        socket_path=handle.socket_path,
    )
    watch.lap("row")
    logger.info("machine %s is up: %s", machine.pk, watch)
    if not moved:
        # Its removal may have run before the container was there.
        machine.refresh_from_db()
        if machine.state in (Machine.State.REMOVING, Machine.State.GONE):
            engine.remove_machine(str(machine.pk))
    return moved


def bring_up(engine: SandboxEngine, machine: Machine, watch: Stopwatch) -> MachineHandle:
    """Start a machine's container, made first where its row is starting. Raises EngineError."""
    if machine.state == Machine.State.PARKED:
        handle = MachineHandle(machine.container_id, machine.network_id, machine.socket_path)
    else:
        handle = make(engine, machine)
        watch.lap("made")
    start(engine, handle, machine.kind, machine.name, watch)
    return handle


def make(engine: SandboxEngine, machine: Machine) -> MachineHandle:
    """Make the container of a machine whose row is starting. Raises EngineError."""
    if machine_type(machine.kind).needs_userns:
        machine_type(machine.kind).refuse_on(engine.cached_info())
    image = machine.host.image_of(machine.kind)
    if image is None or image.id != machine.image:  # the type's image was made again since
        image = engine.image(machine.image)
    spec = machine_spec(
        machine.kind,
        machine_id=str(machine.pk),
        image=image,
        hostname=machine.name or HOSTNAME,
        awaits_name=not machine.name,
        transport="socket" if machine.host.transport == Host.Transport.SOCKET else "exec",
        accelerator=machine.accelerator,
    )
    return engine.create_machine(spec)
