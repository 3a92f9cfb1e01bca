"""Check which protections hold on the engine in use.

Says what is switched off for want of one. Asks, never assumes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from django.conf import settings
from docker.errors import DockerException

from operate.checks.capacity_check import check_kernel_limits, check_resources
from operate.checks.protection import Protection
from operate.engine.private_engine import EngineChoice
from sandboxes.engine.facts import Resource
from sandboxes.machine_types.base import KVM_DEVICE
from sandboxes.pool.kvm import KvmTrial


@dataclass(frozen=True)
class HostReport:
    """Report the engine in a few words, and its protections."""

    engine: str
    protections: tuple[Protection, ...]

    def missing(self) -> list[Protection]:
        return [protection for protection in self.protections if not protection.holds]

    def as_dict(self) -> dict[str, Any]:
        protections = [protection.as_dict() for protection in self.protections]
        return {"engine": self.engine, "protections": protections}


def check_host(
    client: docker.DockerClient,
    choice: EngineChoice,
    unbounded_because: str = "",
    *,
    tried: KvmTrial | None = None,
    resources: Sequence[Resource] = (),
) -> HostReport:
    """Ask the engine and this host.

    `unbounded_because` is why a private engine has no btrfs disk, "" if it has; `tried` how the
    boot of a guest on KVM ended, None where that was not tried; `resources` what the engine's host
    has left.
    """
    info = client.info()
    engine = f"Docker {info['ServerVersion']}, {info['Driver']}, {choice.kind} engine"
    protections = [
        check_private(choice),
        *check_security_options(info),
        check_disk(info, unbounded_because),
        check_live_restore(info),
        check_icc(client),
        check_cgroups(info),
        *check_kernel_limits(),
        *check_resources(resources),
        check_kvm(tried),
    ]
    return HostReport(engine, tuple(protections))


def check_private(choice: EngineChoice) -> Protection:
    risk = "students' containers share an engine with others; labels tell installations apart"
    return Protection("private engine", choice.kind == "private", f"{choice.docker_url}", risk)


def check_security_options(info: dict[str, Any]) -> list[Protection]:
    options = ",".join(info.get("SecurityOptions") or [])
    rootless = "name=rootless" in options
    users = "name=userns" in options or rootless
    seccomp = "name=seccomp" in options and "unconfined" not in options
    return [
        Protection(
            "userns",
            users,
            "rootless" if rootless else on_or_off(users),
            "root in a machine is root for the kernel",
        ),
        Protection(
            "seccomp",
            seccomp,
            on_or_off(seccomp),
            "machines may make every system call; AF_VSOCK is not denied",
        ),
        Protection("no-new-privileges", True, "set on every machine"),
    ]


def check_disk(info: dict[str, Any], unbounded_because: str) -> Protection:
    bounded = info["Driver"] in ("btrfs", "zfs") or has_project_quota(info)
    detail = (
        "each machine has its own limit"
        if bounded
        else unbounded_because or f"{info['Driver']} can't bound it"
    )
    return Protection(
        "bounded disk",
        bounded,
        detail,
        "only single files are bounded; a student can fill the disk",
    )


def has_project_quota(info: dict[str, Any]) -> bool:
    """Whether overlay2 can bound disks: on xfs mounted with pquota.

    See Docker's documentation of --storage-opt size.
    """
    status = {str(key): str(value) for key, value in info.get("DriverStatus") or []}
    if status.get("Backing Filesystem") != "xfs":
        return False
    mounts = Path("/proc/mounts").read_text().splitlines() if Path("/proc/mounts").exists() else []
    roots = [line.split() for line in mounts]
    inside = [row for row in roots if Path(info["DockerRootDir"]).is_relative_to(row[1])]
    best = max(inside, key=lambda row: len(row[1]), default=["", "", "", ""])
    return "pquota" in best[3] or "prjquota" in best[3]


def check_live_restore(info: dict[str, Any]) -> Protection:
    holds = bool(info.get("LiveRestoreEnabled"))
    return Protection(
        "live-restore",
        holds,
        on_or_off(holds),
        "a restart of the engine ends every student's machine",
    )


def check_icc(client: docker.DockerClient) -> Protection:
    try:
        options = client.networks.get("bridge").attrs.get("Options") or {}
    except DockerException:
        options = {}
    off = options.get("com.docker.network.bridge.enable_icc") == "false"
    return Protection(
        "icc off",
        off,
        on_or_off(off),
        "does not matter here: each sandbox has a network of its own",
    )


def check_cgroups(info: dict[str, Any]) -> Protection:
    version = str(info.get("CgroupVersion", "1"))
    limits = all(info.get(name) for name in ("MemoryLimit", "PidsLimit", "CpuCfsQuota"))
    detail = f"cgroup v{version}" + ("" if limits else ", some limits missing")
    return Protection(
        "cgroup limits", limits, detail, "memory, processes or processor time are not limited"
    )


def check_kvm(tried: KvmTrial | None) -> Protection:
    """Check how a guest on KVM fared; the presence of /dev/kvm says little.

    It exists on machines where no guest starts (sandboxes/pool/kvm.py).
    """
    allowed = ", ".join(settings.KVM_KINDS)
    if not allowed:
        device = "there" if Path(KVM_DEVICE).exists() else "not there"
        detail = f"not allowed (DRYDOCK_KVM_KINDS); /dev/kvm is {device}"
    else:
        untried = "tried as soon as the image of virtual machines is there"
        detail = f"allowed for {allowed}; {tried.message if tried else untried}"
    risk = "virtual machines run under software emulation"
    return Protection("kvm", bool(allowed and tried and tried.works), detail, risk)


def on_or_off(holds: bool) -> str:
    return "on" if holds else "off"


def format_report(report: HostReport) -> list[str]:
    """Return the report as text, one protection a line."""
    lines = [f"  {report.engine}"]
    for protection in report.protections:
        answer, text = "yes", protection.detail
        if not protection.holds:
            answer, text = "NO ", f"{protection.detail}: {protection.without}"
        lines.append(f"  {answer}  {protection.name:<18} {text}")
    return lines
