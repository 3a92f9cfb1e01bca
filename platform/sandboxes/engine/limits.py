"""What a machine may use. Every value is asserted on a real container by tests/engine/sandboxes/test_limits_on_engine.py."""

from dataclasses import dataclass
from typing import Any

from docker.types import LogConfig, Ulimit

from sandboxes.engine.seccomp import PROFILES

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

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
# What an engine gives by default, plus what a nested engine needs. In a user namespace they count only inside it.
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
    """The bounds of one machine; the defaults are a `linux` machine's. Sizes in bytes, `cpus` in cores."""

    memory_bytes: int = 512 * MIB  # and no swap on top
    pids: int = 256
    cpus: float = 0.5
    cpu_shares: int = (
        256  # a quarter of what the platform's own processes get when the host is busy
    )
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
    seccomp: str = "linux"  # a name in seccomp.PROFILES
    open_system_paths: bool = (
        False  # no masks over /proc and /sys: a nested engine mounts them again, the kernel refuses
    )
    tmpfs: tuple[
        tuple[str, str], ...
    ] = ()  # further (path, options), each of which options must bound by size=
    devices: tuple[str, ...] = ()  # of the host, under the same path

    @property
    def open_files(self) -> int:
        """How many files all its processes together may have open."""
        return self.pids * self.nofile[1]

    def to_docker(self, *, size_bytes: int | None) -> dict[str, Any]:
        """These limits as keywords for the SDK's `create_host_config`. `size_bytes` bounds the container's disk as the
        driver counts it; None where the driver can't."""
        return {
            **self._resources(),
            **self._isolation(),
            "tmpfs": self._tmpfs(),
            "ulimits": self._ulimits(),
            "log_config": self._log(),
            "storage_opt": {"size": str(size_bytes)} if size_bytes else None,
            "devices": [f"{path}:{path}:rw" for path in self.devices],
            "dns": ["127.0.0.1"],
            "restart_policy": {"Name": "no"},
        }

    def _resources(self) -> dict[str, Any]:
        return {
            "mem_limit": self.memory_bytes,
            "memswap_limit": self.memory_bytes,
            "pids_limit": self.pids,
            "nano_cpus": int(self.cpus * 1_000_000_000),
            "cpu_shares": self.cpu_shares,
            "oom_score_adj": self.oom_score_adj,
            "shm_size": self.shm_bytes,
        }

    def _isolation(self) -> dict[str, Any]:
        return {
            "privileged": False,
            "cap_drop": ["ALL"],
            "cap_add": list(self.capabilities),
            "security_opt": self._security(),
            "ipc_mode": "private",
            "cgroupns": "private",
        }

    def _security(self) -> list[str]:
        return ["no-new-privileges", f"seccomp={PROFILES[self.seccomp]()}"]

    def _log(self) -> LogConfig:
        # The driver compresses only what it rotates, and refuses to start when there is nothing to rotate to.
        return LogConfig(
            type="local",
            config={"max-size": f"{self.log_bytes // KIB}k", "max-file": "1", "compress": "false"},
        )

    def _tmpfs(self) -> dict[str, str]:
        return {
            "/tmp": f"rw,exec,nosuid,nodev,size={self.tmp_bytes}",  # noqa: S108  the machine's /tmp, not ours
            "/run": f"rw,noexec,nosuid,nodev,mode=755,size={self.run_bytes}",
            **dict(self.tmpfs),
        }

    def _ulimits(self) -> list[Ulimit]:
        soft, hard = self.nofile
        return [
            Ulimit(name="nofile", soft=soft, hard=hard),
            Ulimit(name="fsize", soft=self.file_bytes, hard=self.file_bytes),
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="memlock", soft=self.memlock_bytes, hard=self.memlock_bytes),
        ]


LINUX = Limits()
# A copy of a machine in which the checker runs commands: no capabilities, no network, and over within a minute.
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
