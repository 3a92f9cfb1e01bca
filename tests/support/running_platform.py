"""The whole platform as processes, for tests: `manage.py up` itself, on a port and a var folder of
its own."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from core.waiting import wait_until
from operate.engine.private_engine import EngineChoice
from operate.stack.layout import Layout
from operate.stack.ports import free_port
from operate.stack.stack import ROOT_DIR, Stack

# No machines and containers but those that a test asks for.
QUIET = {"DRYDOCK_POOL_MEMORY_BYTES": "0", "DRYDOCK_REGISTRY": "0"}
UP_SECONDS = 240
DOWN_SECONDS = 60
END_SANDBOXES = """
import time
from sandboxes.lifecycle import end_sandbox
from sandboxes.models import Sandbox
for sandbox in Sandbox.objects.filter(state__in=Sandbox.ENDABLE_STATES):
    end_sandbox(sandbox=sandbox)
end = time.monotonic() + 60
live = Sandbox.objects.filter(state__in=Sandbox.LIVE_STATES)
while left := list(live.values_list("state", "reason", "lesson_key")):
    assert time.monotonic() < end, f"sandboxes that did not end: {left}"
    time.sleep(0.1)
"""


class RunningPlatform:
    """`manage.py up` as a child process. `stack` reaches its supervisor: kill, restart, pids,
    wait_ready. Accounts `student` and `instructor` have the password `password`."""

    def __init__(
        self, docker_url: str, installation: str, extra: dict[str, str] | None = None
    ) -> None:
        self.var = Path(tempfile.mkdtemp(prefix="drydock-"))
        self.var.chmod(0o711)
        self.password = secrets.token_urlsafe(12)
        self.installation = installation
        self.stack = Stack(
            layout=Layout(self.var),
            engine=EngineChoice("given", docker_url),
            port=free_port(),
            installation=installation,
            transport_setting=os.environ.get("DRYDOCK_TRANSPORT", "auto"),
            extra={
                "DRYDOCK_DEMO_ACCOUNTS": "true",
                "DRYDOCK_DEMO_PASSWORD": self.password,
                "DRYDOCK_POOL": "linux=1",
                **QUIET,
                **(extra or {}),
            },
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return self.stack.base_url

    @property
    def output(self) -> str:
        """What `up` has printed so far."""
        return (self.var / "up.out").read_text(errors="replace")

    def start(self) -> None:
        """Start it and wait until it says that it serves. Raises AssertionError with its output
        when it does not."""
        environment = {
            name: value for name, value in self.stack.env.items() if name not in ("REDIS_URL", "CI")
        }
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=(self.var / "up.out").open("wb"),
            stderr=subprocess.STDOUT,
        )
        process = self._process
        wait_until(
            lambda: "Drydock serves on" in self.output or process.poll() is not None,
            seconds=UP_SECONDS,
            poll_seconds=0.1,
        )
        assert process.poll() is None, f"up ended:\n{self.output}\n{self.logs()}"
        assert "Drydock serves on" in self.output, (
            f"up took too long:\n{self.output}\n{self.logs()}"
        )

    def stop(
        self, number: signal.Signals = signal.SIGTERM, *, seconds: float = DOWN_SECONDS
    ) -> int:
        """End it as Ctrl-C (SIGINT) or an init (SIGTERM) would; returns its exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(number)
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise

    def manage(self, *arguments: str) -> str:
        """Run a manage.py command on this platform's data; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT_DIR,
            env=self.stack.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (
            f"manage.py {arguments[0]} ended with {done.returncode}:\n{done.stderr}"
        )
        return done.stdout

    def end_sandboxes(self) -> None:
        """End everybody's sandboxes, and wait for it: as many machines as tests ask for in a run
        have no room."""
        self.manage("shell", "--no-imports", "-c", END_SANDBOXES)

    def logs(self, lines: int = 15) -> str:
        """The end of every program's log."""
        files = (
            sorted(self.stack.layout.logs.glob("*.log")) if self.stack.layout.logs.exists() else []
        )
        parts = [
            f"== {file.name}\n" + "\n".join(file.read_text(errors="replace").splitlines()[-lines:])
            for file in files
        ]
        return "\n".join(parts)

    def remove_folder(self) -> None:
        shutil.rmtree(self.var, ignore_errors=True)
