"""Describe `vm`: a virtual machine whose guest boots under the student's eyes."""

from sandboxes.engine.limits import MIB, Limits
from sandboxes.machine_types.base import MachineType

# QEMU with a guest of 192 MiB and 64 MiB of translated code takes about 250 MiB. Nobody but it and
# the consoles runs here, and root needs none of its powers for that. A second of processor is a
# second of boot, so it has a whole core.
LIMITS = Limits(memory_bytes=384 * MIB, pids=64, cpus=1.0, file_bytes=640 * MIB, capabilities=())

# The first terminal starts the guest, so that it shows the first line; until then the machine
# weighs nothing.
MACHINE_TYPE = MachineType(
    "vm",
    "Virtual machine",
    image="vm",
    limits=LIMITS,
    position=3,
    console="/usr/local/lib/vm/boot-console",
    runs_guests=True,
    opens_in_guest=True,
    kvm_trial="/usr/local/lib/vm/try-kvm",
)
