"""Describe `vm-resume`: a virtual machine that goes on from a saved state."""

from sandboxes.machine_types.base import MachineType
from sandboxes.machine_types.vm import LIMITS

MACHINE_TYPE = MachineType(
    "vm-resume",
    "Resumed virtual machine",
    image="vm",
    limits=LIMITS,
    position=4,
    console="/usr/local/lib/vm/resume-console",
    runs_guests=True,
    opens_in_guest=True,
)
