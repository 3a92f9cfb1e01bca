"""Judges of virtual machines. Headers of disk images: qcow2 (QEMU, docs/interop/qcow2.txt), vmdk (VMware, Virtual Disk
Format 5.0), vdi (VirtualBox, VDICore.h), vhdx and vhd (Microsoft, MS-VHDX and MS-VHD)."""

import base64
import re
import struct
from collections.abc import Iterator

from checks.evidence.docker_schema import DiskEvidence, EmulatorEvidence
from checks.evidence.schema import Bytes, Evidence, packed_size, unpack_text
from checks.judges.base import Finding, expected_text, found_text, text_share
from checks.judges.parts import Part, finding
from checks.specs import GuestCheck, VmCheck, size_bytes
from grading.errors import EvidenceMissing

SECTOR = 512
MIB = 1024**2
MEMORY = re.compile(r"(?:^|\s)-m\s+(?:size=)?(\d+)([kKmMgGtT]?)")
VCPUS = re.compile(r"(?:^|\s)-smp\s+(?:cpus=)?(\d+)")
UNITS = {"k": 1024, "m": MIB, "": MIB, "g": 1024**3, "t": 1024**4}
DEFAULT_MEMORY, DEFAULT_VCPUS = 128 * MIB, 1  # QEMU's own
# Where a format says what it is, and where how large the disk is for the guest: offset, struct, unit in bytes.
FORMATS: tuple[tuple[str, int, bytes, tuple[int, str, int] | None], ...] = (
    ("qcow2", 0, b"QFI\xfb", (24, ">Q", 1)),
    ("vmdk", 0, b"KDMV", (12, "<Q", SECTOR)),
    ("vmdk", 0, b"# Disk DescriptorFile", None),
    ("vdi", 64, b"\x7f\x10\xda\xbe", (368, "<Q", 1)),
    ("vhdx", 0, b"vhdxfile", None),
    ("vpc", 0, b"conectix", (48, ">Q", 1)),
)
NOT_FILES = {"missing": "is not there", "directory": "is a folder", "symlink": "is a symbolic link"}


def judge_vm(check: VmCheck, evidence: Evidence) -> Finding:
    parts = [*_running_parts(check, evidence), *_disk_parts(check, evidence)]
    return finding("a virtual machine" if check.asks_what_runs else f"a disk {check.disk}", parts)


def _running_parts(check: VmCheck, evidence: Evidence) -> Iterator[Part]:
    if not check.asks_what_runs:
        return
    running = evidence["guests"]["running"]
    if running is None:
        raise EvidenceMissing(evidence["errors"].get("emulators", "The machine's processes were not looked at."))
    words = {True: "runs", False: "is off"}
    wanted = check.running is not False
    yield Part(bool(running) == wanted, words[wanted], words[bool(running)])
    best = max(running, key=lambda one: sum(part.holds for part in _start_parts(check, one)), default=None)
    if best:
        yield from _start_parts(check, best)
    elif check.guest_memory or check.vcpus:
        yield Part(holds=False, wanted="was started as asked", found="was not started")


def _start_parts(check: VmCheck, emulator: EmulatorEvidence) -> Iterator[Part]:
    if check.guest_memory:
        memory = memory_of(emulator["args"])
        now = f"was started with {memory / MIB:g} MiB"
        yield Part(memory == size_bytes(check.guest_memory), f"has {check.guest_memory} of memory", now)
    if check.vcpus:
        count = vcpus_of(emulator["args"])
        yield Part(count == check.vcpus, f"has {check.vcpus} virtual processors", f"was started with {count}")


def memory_of(args: str) -> int:
    """Bytes that a QEMU of this command line gives its guest."""
    given = MEMORY.search(args)
    return int(given[1]) * UNITS[given[2].lower()] if given else DEFAULT_MEMORY


def vcpus_of(args: str) -> int:
    """Virtual processors that a QEMU of this command line gives its guest."""
    given = VCPUS.search(args)
    return int(given[1]) if given else DEFAULT_VCPUS


def _disk_parts(check: VmCheck, evidence: Evidence) -> Iterator[Part]:
    if check.disk is None:
        return
    disk = evidence["guests"]["disks"].get(check.disk)
    if disk is None:
        raise EvidenceMissing(evidence["errors"].get(f"disk {check.disk}", f"{check.disk} was not looked at."))
    trouble = NOT_FILES.get(disk["kind"], "" if disk["kind"] == "regular" else "is no regular file")
    kind, size = disk_facts(disk)
    if check.disk_format:
        wanted = f"has a disk {check.disk} in the format {check.disk_format}"
        yield Part(not trouble and kind == check.disk_format, wanted, _disk_words(check.disk, trouble, kind))
    if check.disk_size:
        now = f"has a disk of {size} bytes" if size else "has a disk whose size can't be read"
        holds = not trouble and size == size_bytes(check.disk_size)
        yield Part(
            holds,
            f"has a disk {check.disk} of {check.disk_size}",
            f"has {check.disk}, which {trouble}" if trouble else now,
        )


def _disk_words(path: str, trouble: str, kind: str) -> str:
    return f"has {path}, which {trouble or f'is in the format {kind}'}"


def disk_facts(disk: DiskEvidence) -> tuple[str, int]:
    """A virtual disk's format, and its size for the guest in bytes, 0 where the file does not say. What is in no
    format of its own is raw."""
    head = _bytes(disk["head"])
    for kind, at, magic, says in FORMATS:
        if head[at : at + len(magic)] == magic:
            return kind, _number(head, *says) if says else 0
    return "raw", disk["size"]


def _number(head: bytes, at: int, layout: str, unit: int) -> int:
    return int(struct.unpack_from(layout, head, at)[0]) * unit if len(head) >= at + struct.calcsize(layout) else 0


def _bytes(packed: Bytes) -> bytes:
    return packed["text"].encode() if "text" in packed else base64.b64decode(packed["base64"])


def judge_guest(check: GuestCheck, evidence: Evidence) -> Finding:
    answer = evidence["guests"]["answers"].get(check.id)
    if answer is None or answer["ask"] != check.ask:
        raise EvidenceMissing(evidence["errors"].get(f"guest {check.id}", f"{check.id} was not asked."))
    expected, text = f"in the guest, `{check.ask}` prints {expected_text(check)}", unpack_text(answer["said"])
    if answer["truncated"]:
        return Finding(passed=False, expected=expected, found="it printed more than is read")
    if text is None:
        found = f"it printed {packed_size(answer['said'])} bytes that are not text"
        return Finding(passed=False, expected=expected, found=found)
    share = text_share(check, text)
    return Finding(passed=share == 1, expected=expected, found=f"it printed {found_text(check, text)}", share=share)
