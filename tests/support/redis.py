"""Run a Redis server beside tests and benchmarks."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.waiting import wait_until
from operate.stack.programs import redis_server


@contextmanager
def own_redis(folder: Path) -> Iterator[str]:
    """Start a Redis server as a child process and give its URL.

    Raises ProgramError when there is none to start.
    """
    path = folder / "redis.sock"
    options = ("--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder))
    process = subprocess.Popen([str(redis_server()), *options], stdout=subprocess.DEVNULL)
    wait_until(path.exists, seconds=10, poll_seconds=0.02)
    try:
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait(10)
