"""Check virtual machines: QEMU's command line, headers of disk images, what a guest says."""

import struct
from fractions import Fraction
from typing import Any

import pytest

from checks.evidence.docker_schema import (
    DiskEvidence,
    EmulatorEvidence,
    GuestAnswerEvidence,
    no_guests,
)
from checks.evidence.packing import pack_bytes
from checks.evidence.schema import Evidence
from checks.guest import GuestCheck
from checks.virtual_machine import VmCheck, disk_facts, memory_of, vcpus_of
from core.specs.outcomes import EvidenceMissing
from tests.support.checks.docker_evidence import new_check
from tests.support.checks.evidence import evidence

GIB = 1024**3
PATH = "/root/vm/disk.qcow2"


def head(*pieces: tuple[int, bytes]) -> bytes:
    """A file's first bytes: (offset, bytes) in zeros."""
    data = bytearray(1024)
    for at, piece in pieces:
        data[at : at + len(piece)] = piece
    return bytes(data)


def disk(content, kind="regular", size=None):
    return DiskEvidence(
        kind=kind, size=len(content) if size is None else size, head=pack_bytes(content)
    )


def guests(**sections: Any) -> Evidence:
    return evidence(guests={**no_guests(), **sections})


def evaluated(check, observed):
    return check.evaluate(observed)


HEADS = {
    "qcow2": head((0, b"QFI\xfb"), (24, struct.pack(">Q", GIB))),
    "vmdk": head((0, b"KDMV"), (12, struct.pack("<Q", GIB // 512))),
    "vdi": head((0, b"<<< Oracle"), (64, b"\x7f\x10\xda\xbe"), (368, struct.pack("<Q", GIB))),
    "vpc": head((0, b"conectix"), (48, struct.pack(">Q", GIB))),
}


@pytest.mark.parametrize("kind", HEADS)
def test_formats_say_what_they_are_and_how_large(kind):
    assert disk_facts(disk(HEADS[kind])) == (kind, GIB)


def test_formats_that_say_less():
    assert disk_facts(disk(b"# Disk DescriptorFile\nversion=1")) == ("vmdk", 0)
    assert disk_facts(disk(head((0, b"vhdxfile")))) == ("vhdx", 0)
    assert disk_facts(disk(b"QFI\xfb")) == ("qcow2", 0)
    assert disk_facts(disk(b"\x00" * 1024, size=GIB)) == ("raw", GIB)


@pytest.mark.parametrize(
    ("args", "memory", "vcpus"),
    [
        ("qemu-system-x86_64 -m 192 -smp 2", 192 * 1024**2, 2),
        ("qemu-system-x86_64 -smp cpus=4,cores=2 -m size=1G,slots=2", GIB, 4),
        ("qemu-system-x86_64 -machine q35", 128 * 1024**2, 1),
    ],
)
def test_what_qemu_gives_its_guest(args, memory, vcpus):
    assert (memory_of(args), vcpus_of(args)) == (memory, vcpus)


RUNNING = [
    EmulatorEvidence(args="qemu-system-x86_64 -m 64"),
    EmulatorEvidence(args="qemu-system-x86_64 -m 192 -smp 2"),
]


def test_a_virtual_machine_that_runs():
    check = new_check(VmCheck, running=True, guest_memory="192 MiB", vcpus=2)
    assert evaluated(check, guests(running=RUNNING)).passed
    outcome = evaluated(check, guests(running=RUNNING[:1]))
    assert outcome.found == "it was started with 64 MiB and was started with 1"
    assert outcome.share == Fraction(1, 3)
    assert evaluated(check, guests(running=[])).found == "it is off and was not started"


def test_a_virtual_machine_that_is_off():
    assert evaluated(new_check(VmCheck, running=False), guests(running=[])).passed
    assert evaluated(new_check(VmCheck, running=False), guests(running=RUNNING)).found == "it runs"


def test_a_disk():
    check = new_check(VmCheck, disk=PATH, disk_format="qcow2", disk_size="1 GiB")
    outcome = evaluated(check, guests(disks={PATH: disk(HEADS["qcow2"])}))
    assert outcome.passed
    assert outcome.expected.startswith(f"a disk {PATH} that ")
    assert (
        evaluated(check, guests(disks={PATH: disk(HEADS["vdi"])})).found
        == f"it has {PATH}, which is in the format vdi"
    )
    assert (
        "whose size can't be read" in evaluated(check, guests(disks={PATH: disk(b"QFI\xfb")})).found
    )
    assert "a disk of 1024 bytes" in evaluated(check, guests(disks={PATH: disk(bytes(1024))})).found


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "is not there"),
        ("symlink", "is a symbolic link"),
        ("other", "is no regular file"),
    ],
)
def test_a_disk_that_is_no_file(kind, message):
    for fields in ({"disk_format": "raw"}, {"disk_size": "0 B"}):
        outcome = evaluated(
            new_check(VmCheck, disk=PATH, **fields), guests(disks={PATH: disk(b"", kind)})
        )
        assert (outcome.passed, outcome.found) == (False, f"it has {PATH}, which {message}")


def test_what_was_not_gathered_is_not_graded():
    with pytest.raises(EvidenceMissing, match="processes"):
        evaluated(new_check(VmCheck, running=True), guests())
    with pytest.raises(EvidenceMissing, match="not collected"):
        evaluated(new_check(VmCheck, disk=PATH, disk_format="raw"), guests())
    with pytest.raises(EvidenceMissing, match="was not asked"):
        evaluated(new_check(GuestCheck, ask="uname", equals="Linux"), guests())


def guest_answer(answer: bytes, **fields: Any) -> Evidence:
    answer_fields = {"ask": "uname", "said": pack_bytes(answer), "truncated": False, **fields}
    return guests(answers={"it": GuestAnswerEvidence(**answer_fields)})


def test_what_the_guest_says():
    check = new_check(GuestCheck, ask="uname", equals="Linux")
    outcome = evaluated(check, guest_answer(b"Linux\n"))
    assert (outcome.passed, outcome.expected) == (True, "in the guest, `uname` prints “Linux”")
    assert evaluated(check, guest_answer(b"Plan 9")).found == "it printed “Plan 9”"
    assert (
        evaluated(check, guest_answer(b"\xff\xfe")).found == "it printed 2 bytes that are not text"
    )
    assert (
        evaluated(check, guest_answer(b"Linux", truncated=True)).found
        == "it printed more than is read"
    )
    with pytest.raises(EvidenceMissing):
        evaluated(check, guest_answer(b"Linux", ask="hostname"))
