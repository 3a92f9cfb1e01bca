"""Run a Redis server beside tests and benchmarks."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from operate.stack.programs import redis_server


@contextmanager
def own_redis(folder: Path) -> Iterator[str]:
    """Start a Redis server as a child process and give its URL.

    Raises ProgramError when there is none to start.
    """
    path = folder / "redis.sock"
    options = ("--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder))
    process = subprocess.Popen([str(redis_server()), *options], stdout=subprocess.DEVNULL)
    end = time.monotonic() + 10
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.02)
    try:
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait(10)
