"""Check virtual machines that QEMU runs, and the files of virtual disks.

Processes are seen by the host, and files are read from outside. Headers of disk images: qcow2
(QEMU, docs/interop/qcow2.txt), vmdk (VMware, Virtual Disk Format 5.0), vdi (VirtualBox, VDICore.h),
vhdx and vhd (Microsoft, MS-VHDX and MS-VHD).
"""

import re
import struct
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import (
    BaseCheck,
    Requirement,
    Size,
    evidence_missing,
    machine_fault,
    outcome_of,
    size_bytes,
)
from checks.evidence.docker_schema import DiskEvidence, EmulatorEvidence
from checks.evidence.packing import pack_bytes, unpack_bytes
from checks.evidence.schema import Evidence
from checks.evidence.tasks import ALIVE, ON_DISK, EvidenceTask, Subject
from checks.file import FilePath
from checks.registry import CHECK_KINDS
from core.specs.outcomes import CheckOutcome, clean_text
from sandboxes.engine.interface import SandboxEngine

PROGRAM = "/usr/bin/qemu-system-x86_64"
COMMAND = "qemu-system-x86"  # what the kernel keeps of the name
HEAD_BYTES = 1024
ARGS_MAX = 4000
RUNNING_MAX = 20
SECTOR = 512
MIB = 1024**2
MEMORY = re.compile(r"(?:^|\s)-m\s+(?:size=)?(\d+)([kKmMgGtT]?)")
VCPUS = re.compile(r"(?:^|\s)-smp\s+(?:cpus=)?(\d+)")
MEMORY_UNITS = {"k": 1024, "m": MIB, "": MIB, "g": 1024**3, "t": 1024**4}
DEFAULT_MEMORY, DEFAULT_VCPUS = 128 * MIB, 1  # QEMU's own
# A format's name, where it says so and how, and where it says how large the disk is for the guest:
# offset, struct, unit in bytes.
FORMATS: tuple[tuple[str, int, bytes, tuple[int, str, int] | None], ...] = (
    ("qcow2", 0, b"QFI\xfb", (24, ">Q", 1)),
    ("vmdk", 0, b"KDMV", (12, "<Q", SECTOR)),
    ("vmdk", 0, b"# Disk DescriptorFile", None),
    ("vdi", 64, b"\x7f\x10\xda\xbe", (368, "<Q", 1)),
    ("vhdx", 0, b"vhdxfile", None),
    ("vpc", 0, b"conectix", (48, ">Q", 1)),
)
NOT_FILES = {
    "regular": "",
    "missing": "is not there",
    "directory": "is a folder",
    "symlink": "is a symbolic link",
}
DiskFormat = Literal["qcow2", "raw", "vmdk", "vdi", "vhdx", "vpc"]


@CHECK_KINDS.register(position=140)
class VmCheck(BaseCheck):
    """Check a virtual machine that QEMU runs, or the file of a virtual disk."""

    kind: Literal["vm"] = "vm"
    running: Annotated[bool | None, Field(description="Whether one runs.")] = None
    guest_memory: Annotated[
        Size | None, Field(description="What it was started with: 192 MiB.")
    ] = None
    vcpus: Annotated[
        int | None, Field(strict=True, ge=1, le=64, description="Virtual processors.")
    ] = None
    disk: Annotated[
        FilePath | None,
        Field(description="The file of a virtual disk, as in /root/vm/disk.qcow2."),
    ] = None
    disk_format: Annotated[
        DiskFormat | None, Field(description="Read from the file's first bytes.")
    ] = None
    disk_size: Annotated[
        Size | None, Field(description="How large the disk is for the guest: 1 GiB.")
    ] = None

    @property
    def asks_what_runs(self) -> bool:
        """Whether it is about a machine that runs, and not only about a disk."""
        fields = (self.running, self.guest_memory, self.vcpus)
        return any(value is not None for value in fields)

    @model_validator(mode="after")
    def refuse_misfits(self) -> Self:
        """Raise PydanticCustomError at a field that needs another, or where none is set."""
        if (self.disk is None) != (self.disk_format is None and self.disk_size is None):
            raise PydanticCustomError(
                "disk", "goes with disk_format or disk_size", {"at": ("disk",)}
            )
        if self.running is False and (self.guest_memory or self.vcpus):
            raise PydanticCustomError(
                "running", "is false, so nothing runs with that memory", {"at": ("running",)}
            )
        if self.disk is None and not self.asks_what_runs:
            raise PydanticCustomError("vm", "needs one of running, guest_memory, vcpus, disk")
        return self

    def machine_fault(self, machine_kind: str | None) -> tuple[str, str] | None:
        """Return a fault in machines that run no guests; a disk's file may lie in any."""
        if not self.asks_what_runs:
            return None
        return machine_fault(machine_kind, "runs_guests", "looks at a running virtual machine")

    def plan_evidence(self, subject: Subject) -> Iterator[EvidenceTask]:
        """Plan to list the emulators that run, and to read the disk's first bytes."""
        if self.disk:
            yield EvidenceTask(f"disk {self.disk}", gather_disks, ON_DISK, (self.disk,))
        if self.asks_what_runs:
            yield EvidenceTask("emulators", gather_emulators, ALIVE)

    def evaluate(self, evidence: Evidence) -> CheckOutcome:
        """Hold what runs, and the disk, against what is asked of them."""
        requirements = [
            *self.running_requirements(evidence),
            *self.disk_requirements(evidence),
        ]
        subject = "a virtual machine" if self.asks_what_runs else f"a disk {self.disk}"
        return outcome_of(subject, requirements)

    def running_requirements(self, evidence: Evidence) -> Iterator[Requirement]:
        """Ask what runs: of several machines the one that fits best counts."""
        if not self.asks_what_runs:
            return
        running = evidence["guests"]["running"]
        if running is None:
            raise evidence_missing(
                evidence, "emulators", "The machine's processes were not listed."
            )
        states = {True: "runs", False: "is off"}
        should_run = self.running is not False
        yield Requirement(bool(running) == should_run, states[should_run], states[bool(running)])
        best = max(running, key=self.count_fitting, default=None)
        if best:
            yield from self.start_requirements(best)
        elif self.guest_memory or self.vcpus:
            yield Requirement(False, "was started as asked", "was not started")

    def count_fitting(self, emulator: EmulatorEvidence) -> int:
        """Count what an emulator was started with as asked."""
        return sum(requirement.holds for requirement in self.start_requirements(emulator))

    def start_requirements(self, emulator: EmulatorEvidence) -> Iterator[Requirement]:
        """Ask what an emulator was started with."""
        if self.guest_memory:
            memory = memory_of(emulator["args"])
            yield Requirement(
                holds=memory == size_bytes(self.guest_memory),
                expected=f"has {self.guest_memory} of memory",
                found=f"was started with {memory / MIB:g} MiB",
            )
        if self.vcpus:
            count = vcpus_of(emulator["args"])
            yield Requirement(
                holds=count == self.vcpus,
                expected=f"has {self.vcpus} virtual processors",
                found=f"was started with {count}",
            )

    def disk_requirements(self, evidence: Evidence) -> Iterator[Requirement]:
        """Ask what the disk is."""
        if self.disk is None:
            return
        disk = evidence["guests"]["disks"].get(self.disk)
        if disk is None:
            raise evidence_missing(evidence, f"disk {self.disk}", f"{self.disk} was not collected.")
        fault = NOT_FILES.get(disk["kind"], "is no regular file")
        disk_format, size = disk_facts(disk)
        if self.disk_format:
            yield Requirement(
                holds=not fault and disk_format == self.disk_format,
                expected=f"has a disk {self.disk} in the format {self.disk_format}",
                found=f"has {self.disk}, which {fault or f'is in the format {disk_format}'}",
            )
        if self.disk_size:
            observed = (
                f"has a disk of {size} bytes" if size else "has a disk whose size can't be read"
            )
            yield Requirement(
                holds=not fault and size == size_bytes(self.disk_size),
                expected=f"has a disk {self.disk} of {self.disk_size}",
                found=f"has {self.disk}, which {fault}" if fault else observed,
            )


def gather_emulators(
    evidence: Evidence, subject: Subject, engine: SandboxEngine, _items: Sequence[object]
) -> None:
    """List QEMU's processes; by their programs, where the host could compare those."""
    genuine = engine.genuine_processes(subject.container_id, PROGRAM)
    running = [
        EmulatorEvidence(args=clean_text(process.args)[:ARGS_MAX])
        for process in engine.processes(subject.container_id)
        if (process.command == COMMAND if genuine is None else process.pid in genuine)
    ]
    evidence["guests"]["running"] = running[:RUNNING_MAX]
    evidence["guests"]["seen"] = genuine is not None


def gather_disks(
    evidence: Evidence, subject: Subject, engine: SandboxEngine, paths: Sequence[str]
) -> None:
    """Read the first bytes of virtual disks."""
    for path in paths:
        fact = engine.read_file(subject.container_id, path, HEAD_BYTES)
        head = fact.content if fact.kind == "regular" else None
        evidence["guests"]["disks"][path] = DiskEvidence(
            kind=fact.kind, size=fact.size, head=pack_bytes(head or b"")
        )


def memory_of(args: str) -> int:
    """Return the bytes that a QEMU of this command line gives its guest."""
    match = MEMORY.search(args)
    return int(match[1]) * MEMORY_UNITS[match[2].lower()] if match else DEFAULT_MEMORY


def vcpus_of(args: str) -> int:
    """Return the virtual processors that a QEMU of this command line gives its guest."""
    match = VCPUS.search(args)
    return int(match[1]) if match else DEFAULT_VCPUS


def disk_facts(disk: DiskEvidence) -> tuple[str, int]:
    """Return a virtual disk's format, and its size for the guest in bytes.

    The size is 0 where the file does not say. What is in no format of its own is raw.
    """
    head = unpack_bytes(disk["head"])
    for disk_format, offset, magic, size_at in FORMATS:
        if head[offset : offset + len(magic)] == magic:
            return disk_format, read_number(head, *size_at) if size_at else 0
    return "raw", disk["size"]


def read_number(head: bytes, offset: int, layout: str, unit: int) -> int:
    if len(head) < offset + struct.calcsize(layout):
        return 0
    return int(struct.unpack_from(layout, head, offset)[0]) * unit
