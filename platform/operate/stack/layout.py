"""Lay out everything of an installation below its var folder, names included."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from operate.errors import OperateError

# A unix socket's path holds 107 bytes (unix(7)); ours reach 40 bytes below var/.
VAR_PATH_MAX = 66


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
        """Create what must exist before any program starts. Only the owner may look into var."""
        self.var.mkdir(parents=True, exist_ok=True)
        self.var.chmod(0o711)
        for folder in (self.logs, self.tools, self.var / "redis"):
            folder.mkdir(exist_ok=True)
        for folder in (self.logs, self.var / "redis"):
            folder.chmod(0o700)
