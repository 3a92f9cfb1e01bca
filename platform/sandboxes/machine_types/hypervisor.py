"""Describe `hypervisor`: a box with QEMU, to start guests in."""

from sandboxes.engine.limits import GIB, MIB, Limits
from sandboxes.machine_types.base import MachineType

MACHINE_TYPE = MachineType(
    "hypervisor",
    "Hypervisor",
    image="vm",
    # As a virtual machine, beside a student's own shell; the disk holds a few disk images in
    # several formats.
    limits=Limits(memory_bytes=640 * MIB, cpus=1.0, disk_bytes=2 * GIB, file_bytes=640 * MIB),
    position=5,
    runs_guests=True,
)
