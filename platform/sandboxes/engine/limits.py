"""Bound what a machine may use.

Every value is asserted on a real container by tests/engine/sandboxes/test_limits_on_engine.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from docker.types import LogConfig, Ulimit

from sandboxes.engine.seccomp import plain_profile

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
# Where a machine's PTY server says at once that there is no such name (runtime/ptyd/refuse.c); the
# engine asks there for what is no machine's name.
NO_NAMES = "127.0.0.54"

# Enough for su, useradd, chown and a server on port 80; each was needed by one of them.
CAPABILITIES = (
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "SETUID",
    "SETGID",
    "KILL",
    "NET_BIND_SERVICE",
    "SYS_CHROOT",
    "AUDIT_WRITE",
)
# What an engine gives by default, plus what a nested engine needs. In a user namespace they count
# only inside it.
NESTED_ENGINE_CAPABILITIES = (
    *CAPABILITIES,
    "MKNOD",
    "NET_RAW",
    "SETFCAP",
    "SETPCAP",
    "SYS_ADMIN",
    "NET_ADMIN",
)


@dataclass(frozen=True)
class Limits:
    """Hold the bounds of a machine; the defaults are a `linux` machine's.

    Sizes are in bytes, `cpus` in cores.
    """

    memory_bytes: int = 512 * MIB  # and no swap on top
    pids: int = 256
    cpus: float = 0.5
    # A quarter of what the platform's own processes get when the host is busy.
    cpu_shares: int = 256
    oom_score_adj: int = 500  # the kernel takes a student's process before one of the platform's
    shm_bytes: int = 16 * MIB
    tmp_bytes: int = 64 * MIB
    run_bytes: int = 16 * MIB
    disk_bytes: int = 1 * GIB  # on top of the image, where the engine's driver can bound it
    nofile: tuple[int, int] = (1024, 2048)  # soft, hard
    file_bytes: int = 256 * MIB
    memlock_bytes: int = 64 * KIB
    log_bytes: int = 256 * KIB
    capabilities: tuple[str, ...] = CAPABILITIES
    seccomp_profile: Callable[[], str] = plain_profile
    # No masks over /proc and /sys: a nested engine mounts them again, which the kernel refuses.
    open_system_paths: bool = False
    # Further (path, options), each of which options must bound by size=.
    tmpfs: tuple[tuple[str, str], ...] = ()
    devices: tuple[str, ...] = ()  # of the host, under the same path

    @property
    def open_files(self) -> int:
        """Count the files that all its processes together may have open."""
        return self.pids * self.nofile[1]

    def to_docker(self, *, size_bytes: int | None) -> dict[str, Any]:
        """Return these limits as keywords for the SDK's `create_host_config`.

        `size_bytes` bounds the container's disk as the driver counts it; None where it can't.
        """
        soft, hard = self.nofile
        return {
            "mem_limit": self.memory_bytes,
            "memswap_limit": self.memory_bytes,
            "pids_limit": self.pids,
            "nano_cpus": int(self.cpus * 1_000_000_000),
            "cpu_shares": self.cpu_shares,
            "oom_score_adj": self.oom_score_adj,
            "shm_size": self.shm_bytes,
            "privileged": False,
            "cap_drop": ["ALL"],
            "cap_add": list(self.capabilities),
            "security_opt": ["no-new-privileges", f"seccomp={self.seccomp_profile()}"],
            "ipc_mode": "private",
            "cgroupns": "private",
            "tmpfs": {
                "/tmp": f"rw,exec,nosuid,nodev,size={self.tmp_bytes}",  # noqa: S108  the machine's
                "/run": f"rw,noexec,nosuid,nodev,mode=755,size={self.run_bytes}",
                **dict(self.tmpfs),
            },
            "ulimits": [
                Ulimit(name="nofile", soft=soft, hard=hard),
                Ulimit(name="fsize", soft=self.file_bytes, hard=self.file_bytes),
                Ulimit(name="core", soft=0, hard=0),
                Ulimit(name="memlock", soft=self.memlock_bytes, hard=self.memlock_bytes),
            ],
            # The driver compresses only what it rotates, and refuses to start when there is nothing
            # to rotate to.
            "log_config": LogConfig(
                type="local",
                config={
                    "max-size": f"{self.log_bytes // KIB}k",
                    "max-file": "1",
                    "compress": "false",
                },
            ),
            "storage_opt": {"size": str(size_bytes)} if size_bytes else None,
            "devices": [f"{path}:{path}:rw" for path in self.devices],
            "dns": [NO_NAMES],
            "restart_policy": {"Name": "no"},
        }


LINUX = Limits()
# A copy of a machine in which the checker runs commands: no capabilities, no network, and over
# within a minute.
PROBE = Limits(pids=64, disk_bytes=64 * MIB, capabilities=())
# A container in which an author's script looks at evidence.
GRADER = Limits(
    memory_bytes=128 * MIB,
    pids=32,
    cpus=1.0,
    disk_bytes=64 * MIB,
    file_bytes=16 * MIB,
    capabilities=(),
)
