"""Lay out everything of an installation below its var folder, names included."""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE

from operate.errors import OperateError

# A unix socket's path holds 107 bytes (unix(7)); ours reach 40 bytes below var/.
VAR_PATH_MAX = 66
# The engine's own, sockets that belong to root in their machines, and programs that are public.
SHARED_WITH_MACHINES = {"engine", "sockets", "tools"}
OTHERS = 0o077
CLOSED = 0o710


@dataclass(frozen=True)
class Layout:
    """Give paths below `var`, an absolute folder.

    Two clones have two var folders, and so share no path and no name.
    """

    var: Path

    def __post_init__(self) -> None:
        if len(str(self.var)) > VAR_PATH_MAX:
            raise OperateError(
                f"{self.var} is too long for unix sockets; set DRYDOCK_VAR to a shorter path"
            )

    @property
    def tag(self) -> str:
        """Return six hex digits that name this folder's network namespace and links."""
        return hashlib.sha256(str(self.var).encode()).hexdigest()[:6]

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def lock(self) -> Path:
        return self.var / "up.lock"

    @property
    def secret_key(self) -> Path:
        return self.var / "secret-key"

    @property
    def tools(self) -> Path:
        """Return where the static programs lie that the platform brings into machines."""
        return self.var / "tools"

    @property
    def redis_socket(self) -> Path:
        return self.var / "redis.sock"

    @property
    def supervisor_conf(self) -> Path:
        return self.var / "supervisor.conf"

    @property
    def supervisor_socket(self) -> Path:
        return self.var / "supervisor.sock"

    @property
    def engine(self) -> Path:
        return self.var / "engine"

    @property
    def engine_disk(self) -> Path:
        """Return the sparse file that holds the engine's file system."""
        return self.engine / "disk.img"

    @property
    def engine_data(self) -> Path:
        return self.engine / "data"

    @property
    def engine_run(self) -> Path:
        return self.engine / "run"

    @property
    def docker_socket(self) -> Path:
        return self.engine_run / "docker.sock"

    @property
    def containerd_socket(self) -> Path:
        return self.engine_run / "containerd.sock"

    def make_folders(self) -> None:
        """Create what must exist before any program starts, and close it to the host's users.

        Root in a machine still passes through var, to what is mounted from there.
        """
        self.var.mkdir(parents=True, exist_ok=True)
        if S_IMODE(self.var.stat().st_mode) != CLOSED:
            self.var.chmod(0o711)
        for folder in (self.logs, self.tools, self.var / "redis"):
            folder.mkdir(exist_ok=True)
        for path in self.var.iterdir():
            if path.name not in SHARED_WITH_MACHINES:
                close_to_others(path)

    def close_to_all_but(self, group: int) -> None:
        """Let nobody but a group pass through var: root in machines, where its id is known."""
        os.chown(self.var, -1, group)
        self.var.chmod(CLOSED)


def close_to_others(path: Path) -> None:
    """Take a path, and all below it, from everybody but its owner.

    Files that vanish meanwhile are no error.
    """
    with suppress(FileNotFoundError):
        for child in path.iterdir() if path.is_dir() and not path.is_symlink() else ():
            close_to_others(child)
        mode = S_IMODE(path.lstat().st_mode)
        if mode & OTHERS and not path.is_symlink():
            path.chmod(mode & ~OTHERS)
