"""Describe `linux`: a Debian box with a shell."""

from sandboxes.engine.limits import Limits
from sandboxes.machine_types.base import MachineType

MACHINE_TYPE = MachineType("linux", "Linux", image="linux", limits=Limits(), position=1)
