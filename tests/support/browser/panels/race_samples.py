"""What an observer would tell a page of a race between a container and an emulated guest."""

from typing import Any

MIB = 1024 * 1024
BOOT = (
    "Linux version 6.1.0-28-cloud-amd64 (debian-kernel@lists.debian.org)",
    "Command line: console=ttyS0 mitigations=off no_timer_check",
    "x86/fpu: x87 FPU will use FXSAVE",
    "BIOS-provided physical RAM map:",
    "Memory: 166108K/196080K available",
    "SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=1, Nodes=1",
    "smp: Brought up 1 node, 1 CPU",
    "virtio_blk virtio1: [vda] 409600 512-byte logical blocks (210 MB/200 MiB)",
    "EXT4-fs (vda): mounted filesystem with ordered data mode",
    "Run /init as init process",
)


def lane(side: str, **fields: Any) -> dict[str, Any]:
    """A contestant as panels/kinds/race.py describes it, before its first race."""
    return {
        "side": side,
        "emulated": side == "guest",
        "restarts": False,
        "id": "",
        "state": "idle",
        "elapsed_ms": 0,
        "answered": False,
        "kernel": "",
        "error": "",
        "log": [],
        "dropped": 0,
        "facts": None,
        **fields,
    }


CONTAINER_DONE = lane(
    "container",
    id="c1",
    state="done",
    elapsed_ms=412,
    answered=True,
    kernel="6.1.0-28-amd64",
    log=[
        [0, "create a container of drydock/debian:latest"],
        [61, "created: a layer to write into, and a description; nothing runs"],
        [388, "started: namespaces, a network, and process 1"],
        [412, "it answers: 6.1.0-28-amd64"],
        [412, "no boot: the kernel was running all along"],
    ],
    facts={
        "image": "drydock/debian:latest",
        "memory": 1_300_000,
        "disk": 0,
        "disk_shared": 124_000_000,
        "processes": 1,
        "names": ["1 sleep 60"],
        "threads": 0,
    },
)
GUEST_RUNNING = lane(
    "guest",
    id="g1",
    state="running",
    elapsed_ms=1730,
    log=[
        [0, "qemu starts: an empty computer, a disk, a serial line"],
        *[[420 + 130 * at, line] for at, line in enumerate(BOOT)],
    ],
)
GUEST_DONE = {
    **GUEST_RUNNING,
    "state": "done",
    "elapsed_ms": 3180,
    "answered": True,
    "kernel": "6.1.0-28-cloud-amd64",
    "facts": {
        "image": "",
        "memory": 221 * MIB,
        "disk": 12_000_000,
        "disk_shared": 226_000_000,
        "processes": 4,
        "names": ["1 {init} /sbin/init", "88 -bash", "90 {platform-agent}", "131 ps"],
        "threads": 46,
    },
}
