"""Run the platform as processes: engine, Redis, web, worker and beat under one supervisor.

Used by `manage.py up`, `manage.py services` and the tests.
"""

import contextlib
import os
import secrets
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.waiting import wait_until
from operate.console.shell import is_root, replace_text, unmount_below
from operate.engine.lesson_builds import ensure_lesson_network
from operate.engine.network_namespace import uplink
from operate.engine.private_engine import (
    EngineChoice,
    PrivateEngine,
    answers,
    choose_transport,
    connect,
    ensure_build_network,
    remove_all_containers,
)
from operate.errors import EngineSetupError, OperateError, ProgramError
from operate.stack import programs
from operate.stack.layout import Layout
from operate.stack.supervisor import Supervisor

ROOT_DIR = Path(__file__).resolve().parents[3]
ENGINE_SECONDS = 60


@dataclass
class Stack:
    """Run the processes of one installation.

    `engine` None: no engine at all (tests that need none). `redis_url` "" means a Redis of our
    own. `extra` are environment variables for the programs, over the ones that the stack sets.
    """

    layout: Layout
    engine: EngineChoice | None
    bind: str = "127.0.0.1"
    port: int = 8000
    redis_url: str = ""
    installation: str = ""
    transport_setting: str = "auto"
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.layout)
        self.private = (
            PrivateEngine(self.layout) if self.engine and self.engine.kind == "private" else None
        )
        self.unbounded_because = ""

    # -- what others need to know

    @property
    def base_url(self) -> str:
        """Return where a browser on this machine finds the platform."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind, self.bind)  # noqa: S104  only compared
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def docker_url(self) -> str:
        return self.engine.docker_url if self.engine else ""

    @property
    def env(self) -> dict[str, str]:
        """Return the environment of every program of this stack.

        A command that is to use the same services gets it, too.
        """
        own = {
            "PYTHONPATH": str(ROOT_DIR / "platform"),
            "PYTHONUNBUFFERED": "1",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}:/usr/sbin:/sbin",
            "DRYDOCK_VAR": str(self.layout.var),
            "DRYDOCK_BIND": self.bind,
            "DRYDOCK_PORT": str(self.port),
            "DRYDOCK_SECRET_KEY": self.secret_key(),
            "DRYDOCK_TRANSPORT": self.transport_setting,
            "REDIS_URL": self.redis_url or f"unix://{self.layout.redis_socket}",
        }
        if self.docker_url:
            own["DOCKER_HOST"] = self.docker_url
        if self.installation:
            own["DRYDOCK_INSTALLATION"] = self.installation
        return {**os.environ, **own, **self.extra}

    def secret_key(self) -> str:
        """Return the environment's key, else one that is made once and kept in var."""
        file = os.environ.get("DRYDOCK_SECRET_KEY_FILE")
        text = Path(file).read_text().strip() if file else ""
        if key := os.environ.get("DRYDOCK_SECRET_KEY") or text:
            return key
        if not self.layout.secret_key.exists():
            replace_text(self.layout.secret_key, secrets.token_urlsafe(50))
        return self.layout.secret_key.read_text().strip()

    @property
    def transport(self) -> str:
        """Return how machines' terminals are reached; asks the engine."""
        client = connect(self.docker_url, timeout=10)
        root_dir = str(client.info()["DockerRootDir"])
        client.close()
        return choose_transport(self.docker_url, root_dir, self.transport_setting, root=is_root())

    # -- starting

    def prepare(self) -> None:
        """Prepare folders, the private engine's parts and the supervisor.

        No program is started yet.
        """
        self.layout.make_folders()
        if self.private:
            self.unbounded_because = self.private.prepare()
        all_programs = programs.all_programs(self.layout, self.bind, self.port)
        self.supervisor.launch(all_programs, self.env, ROOT_DIR)

    def start(self, *names: str) -> None:
        """Start programs by name, in this order."""
        for name in names:
            self.supervisor.start(name)

    def start_engine(self) -> None:
        """Start the private engine, if it is one, and wait until the engine answers.

        Raises EngineSetupError.
        """
        if self.private is None:
            connect(self.docker_url, timeout=10).close()
            return
        self.start("containerd")
        wait_for(self.layout.containerd_socket.exists, "containerd", ENGINE_SECONDS)
        self.start("dockerd")
        self.wait_engine()
        client = connect(self.docker_url)
        ensure_build_network(client)
        ensure_lesson_network(client)
        client.close()

    def wait_engine(self) -> None:
        """Wait until the engine answers. Raises EngineSetupError."""
        wait_for(lambda: answers(self.docker_url), "the Docker engine", ENGINE_SECONDS)

    def uplink(self) -> contextlib.AbstractContextManager[object]:
        """Open the uplink that image builds on a private engine need.

        Another engine has its own way out.
        """
        return uplink(self.layout) if self.private else contextlib.nullcontext()

    def start_redis(self) -> None:
        """Start a Redis of our own, unless its URL is set, and wait until it answers."""
        if not self.redis_url:
            self.layout.redis_socket.unlink(missing_ok=True)
            self.start("redis")
            wait_for(self.layout.redis_socket.exists, "Redis", 20)

    def wait_ready(self, timeout: float = 60) -> None:
        """Wait until /readyz says that everything is there.

        Raises ProgramError with what is missing.
        """
        fault = "no answer"

        def is_ready() -> bool:
            nonlocal fault
            fault = self._readiness()
            return not fault

        if not wait_until(is_ready, seconds=timeout, poll_seconds=0.1):
            raise ProgramError(
                f"the platform is not ready after {timeout:.0f} s: {fault}; see {self.layout.logs}"
            )

    def _readiness(self) -> str:
        """Return "" when ready, else what the platform says."""
        hosts = (self.env.get("DRYDOCK_ALLOWED_HOSTS") or "127.0.0.1").split(",")
        headers = {"Host": hosts[0].lstrip("*."), "X-Forwarded-Proto": "https"}
        request_headers = {name: value for name, value in headers.items() if value}
        request = urllib.request.Request(f"{self.base_url}/readyz", headers=request_headers)  # noqa: S310  our own http address
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  our own http address
                return "" if response.status == 200 else str(response.status)
        except urllib.error.HTTPError as error:
            return error.read(500).decode(errors="replace")
        except OSError as error:
            return str(error)

    # -- while it runs

    def kill(self, program: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to a program; return the pid it had.

        Its supervisor restarts it when it dies.
        """
        return self.supervisor.kill(program, number)

    def restart(self, program: str) -> None:
        """Stop and start a program, and wait for the engine when it is dockerd."""
        self.supervisor.restart(program)
        if program in programs.ENGINE:
            self.wait_engine()

    # -- stopping

    def shut_down(self) -> None:
        """End everything of ours but the machines, which their owner removes first (up.py).

        Mounts, network namespace and links of the private engine go; its disk file stays.
        """
        if self.supervisor.alive():
            self._stop_quietly(*reversed(programs.PLATFORM), "redis")
            if self.private and answers(self.docker_url):
                client = connect(self.docker_url)
                remove_all_containers(client)
                client.close()
            self._stop_quietly("dockerd", "containerd")
        self.supervisor.shut_down()
        if self.private:
            self.private.clean_up()
        if is_root():
            unmount_below(self.layout.var)

    def _stop_quietly(self, *names: str) -> None:
        """Stop programs; one that can't be stopped so is ended with supervisord."""
        for name in names:
            try:
                self.supervisor.stop(name)
            except ProgramError:
                continue


def wait_for(condition: Callable[[], bool], what: str, timeout: float) -> None:
    if not wait_until(condition, seconds=timeout):
        message = f"{what} did not answer within {timeout:.0f} s; see the logs below var/log"
        raise EngineSetupError(message)


def open_layout(var: Path) -> Layout:
    """Return the layout of a var folder that exists or will be made.

    Raises OperateError when it can't be used.
    """
    layout = Layout(var)
    try:
        layout.make_folders()
    except OSError as error:
        raise OperateError(f"{var} can't be written: {error}") from error
    return layout
