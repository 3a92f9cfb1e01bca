"""Checks of virtual machines: the one that a machine is, or those that a student starts in a `hypervisor` machine."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from checks.specs.base import BaseCheck, TextCheck
from checks.specs.docker import Size
from checks.specs.files import FilePath

DiskFormat = Literal["qcow2", "raw", "vmdk", "vdi", "vhdx", "vpc"]


class VmCheck(BaseCheck):
    """A virtual machine that QEMU runs, as the host sees QEMU's process, or the file of a virtual disk, read from
    outside."""

    kind: Literal["vm"] = "vm"
    running: Annotated[bool | None, Field(description="Whether one runs.")] = None
    guest_memory: Annotated[Size | None, Field(description="What it was started with: 192 MiB.")] = None
    vcpus: Annotated[int | None, Field(strict=True, ge=1, le=64, description="Virtual processors.")] = None
    disk: Annotated[FilePath | None, Field(description="The file of a virtual disk, as in /root/vm/disk.qcow2.")] = None
    disk_format: Annotated[DiskFormat | None, Field(description="Read from the file's first bytes.")] = None
    disk_size: Annotated[Size | None, Field(description="How large the disk is for the guest: 1 GiB.")] = None

    @property
    def asks_what_runs(self) -> bool:
        """Whether it is about a machine that runs, and not only about a disk."""
        return self.running is not None or self.guest_memory is not None or self.vcpus is not None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if (self.disk is None) != (self.disk_format is None and self.disk_size is None):
            raise PydanticCustomError("disk", "goes with disk_format or disk_size", {"at": ("disk",)})
        if self.running is False and (self.guest_memory or self.vcpus):
            raise PydanticCustomError("running", "is false, so nothing runs with that memory", {"at": ("running",)})
        if self.disk is None and not self.asks_what_runs:
            raise PydanticCustomError("vm", "needs one of running, guest_memory, vcpus, disk")
        return self


class GuestCheck(TextCheck):
    """What a command prints in the guest of a `vm` machine, run by its root over the platform's own channel. The guest
    is the student's, who may have changed any program in it."""

    kind: Literal["guest"] = "guest"
    ask: Annotated[str, StringConstraints(min_length=1, max_length=1000), Field(description="A command for sh.")]

    @model_validator(mode="after")
    def _at_least_one(self) -> Self:
        if not self.matchers():
            raise PydanticCustomError("matchers", "needs one of equals, contains, matches")
        return self
