"""Run the mirror: docker-registry as a pull-through cache.

It is emptied when it has grown too large.
"""

import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

from .env import variable
from .state import FREE_BYTES
from .storage import Storage

ROOT = Path("/var/lib/registry")
SOCKET = Path("/run/mirror/mirror.sock")
CONFIG = Path(__file__).resolve().with_name("mirror.yml")
CHECK_SECONDS = 3.0


def serve() -> int:
    """Run until docker-registry ends or SIGTERM comes."""
    bound = int(variable("TOTAL_BYTES"))
    registry = start_registry()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    while not stop.wait(CHECK_SECONDS) and registry.poll() is None:
        if too_large(ROOT, bound):
            registry.kill()
            registry.wait()
            empty(ROOT)
            registry = start_registry()
    registry.kill()
    registry.wait()
    return 1


def start_registry() -> "subprocess.Popen[bytes]":
    SOCKET.unlink(missing_ok=True)
    return subprocess.Popen(("docker-registry", "serve", str(CONFIG)))


def too_large(root: Path, bound: int) -> bool:
    """Whether the cache takes more than `bound` bytes, or the last of the disk."""
    total = Storage(root).total()
    return total > bound or (total > 0 and shutil.disk_usage(root).free < FREE_BYTES)


def empty(root: Path) -> None:
    """Delete everything. What a class uses is fetched once more, which costs one pull."""
    sys.stderr.write("the mirror has grown too large: emptied\n")
    for path in root.iterdir():
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
