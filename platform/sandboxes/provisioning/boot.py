"""A machine of a kind, from its image to the moment at which a student could type into it."""

from sandboxes.engine.facts import ImageFact, MachineHandle, MachineSpec, Transport
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.registry import machine_type
from sandboxes.pool.kvm import limits_with


def machine_spec(
    kind_name: str,
    *,
    machine_id: str,
    image: ImageFact,
    transport: Transport,
    hostname: str = "box",
    accelerator: str = "",
) -> MachineSpec:
    """What the engine is to make. A kind that is not known (an instructor's own image) is a plain Linux machine."""
    kind = machine_type(kind_name)
    return MachineSpec(
        machine_id=machine_id,
        kind=kind_name,
        image=image.id,
        hostname=hostname,
        limits=limits_with(kind.limits, accelerator),
        transport=transport,
        image_bytes=image.size_bytes,
        command=kind.command,
        runtime=kind.runtime,
    )


def make_and_start(engine: SandboxEngine, spec: MachineSpec) -> MachineHandle:
    """Make a machine, start it and wait until it is ready. Safe to call again. Raises EngineError."""
    handle = engine.create_machine(spec)
    start(engine, handle, spec.kind)
    return handle


def start(engine: SandboxEngine, handle: MachineHandle, kind_name: str) -> None:
    """Start a machine that has been made and wait until it is ready. Raises EngineError."""
    engine.start_machine(handle.container_id)
    engine.wait_for_shell(handle)
    engine.wait_until_ready(handle.container_id, machine_type(kind_name).ready)
