"""Know what the kernel allows all machines together, and how much they can use up.

Each is a setting of the kernel's: raised where the platform may, and told by the host check where
it may not. Never lowered.
"""

from dataclasses import dataclass
from pathlib import Path

from sandboxes.engine.linux.kernel_limits import INOTIFY_INSTANCES, PTYS

SYSCTL = Path("/proc/sys")
INOTIFY_OF_THE_HOST = 1024
# Left for everything that is no machine.
FILES_OF_THE_HOST = 1 << 18
PROCESSES_OF_THE_HOST = 1 << 15
KEYS_OF_THE_HOST = 200  # other containers' under the same uid
# Each container takes a kernel key of the user who is its root (measured: with 200, their usual
# number, the 199th machine did not start). It can't make any itself (engine/seccomp.py). Three are
# a machine's own, and those of copies of it that a grader looks at.
KEYS_EACH, KEY_BYTES = 3, 100


@dataclass(frozen=True)
class SharedLimit:
    """Name a setting of the kernel's, and what all machines together could use up of it.

    `setting` is its name for sysctl(8), `name` what it bounds, in words.
    """

    name: str
    setting: str
    needed: int
    sysctl: Path = SYSCTL

    @property
    def path(self) -> Path:
        return self.sysctl / self.setting.replace(".", "/")

    def read(self) -> int:
        """Return what the kernel allows now. Raises OSError."""
        return int(self.path.read_text())

    def allow_needed(self) -> None:
        """Raise the setting to what is needed, unless it is higher. Raises OSError."""
        if self.read() < self.needed:
            self.path.write_text(str(self.needed))


def shared_limits(
    machines: int, *, files_each: int, processes_each: int, sysctl: Path = SYSCTL
) -> list[SharedLimit]:
    """Return what so many machines need of each setting.

    What open files cost is kernel memory, and that counts as the machine's (cgroup v1, Linux 6.18:
    12 to 40 MB for 40,000 files).
    """
    reserved = int((sysctl / "kernel/pty/reserve").read_text())  # for the host's own
    keys = KEYS_OF_THE_HOST + machines * KEYS_EACH
    inotify = INOTIFY_OF_THE_HOST + machines * INOTIFY_INSTANCES
    rows = (
        ("inotify", "fs.inotify.max_user_instances", inotify),
        ("open files", "fs.file-max", FILES_OF_THE_HOST + machines * files_each),
        ("processes", "kernel.pid_max", PROCESSES_OF_THE_HOST + machines * processes_each),
        ("terminals", "kernel.pty.max", reserved + machines * PTYS),
        ("kernel keys", "kernel.keys.maxkeys", keys),
        ("bytes of keys", "kernel.keys.maxbytes", keys * KEY_BYTES),
    )
    return [SharedLimit(name, setting, needed, sysctl) for name, setting, needed in rows]
