"""Configure, start and control supervisord, the one supervisor."""

import ctypes
import http.client
import os
import signal
import subprocess
import sys
import xmlrpc.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from supervisor.xmlrpc import SupervisorTransport

from core.waiting import wait_until
from operate.console.shell import end_processes, processes_naming, replace_text, which
from operate.errors import ProgramError
from operate.stack.layout import Layout

PR_SET_PDEATHSIG = 1  # prctl(2)


@dataclass(frozen=True)
class Program:
    """Describe one supervised program.

    `command` is an argument list; `stop_seconds` is how long it may take to end by itself after
    `stop_signal` before it is killed, with its children.
    """

    name: str
    command: tuple[str, ...]
    stop_signal: str = "TERM"
    stop_seconds: int = 10


def quote(argument: str) -> str:
    """Quote an argument for supervisord's command line.

    That is shlex' double quotes, and % doubled, which supervisord expands.
    """
    return '"' + argument.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def tie_to_supervisor(command: tuple[str, ...]) -> tuple[str, ...]:
    """Make a command get SIGTERM when supervisord itself is killed.

    Without setpriv(1) it is returned unchanged.
    """
    return ("setpriv", "--pdeathsig", "TERM", *command) if which("setpriv") else command


def render(layout: Layout, programs: list[Program], folder: Path) -> str:
    """Write supervisord's configuration.

    Nothing starts by itself, everything is restarted when it dies.
    """
    lines = [
        "[supervisord]",
        "nodaemon=true",
        "silent=true",
        f"logfile={layout.logs / 'supervisord.log'}",
        f"logfile_maxbytes={settings.LOG_BYTES}",
        "logfile_backups=1",
        f"pidfile={layout.var / 'supervisord.pid'}",
        f"childlogdir={layout.logs}",
        f"identifier=drydock-{layout.tag}",
        *(["user=root"] if os.geteuid() == 0 else []),
        "[unix_http_server]",
        f"file={layout.supervisor_socket}",
        "chmod=0700",
        "[supervisorctl]",
        f"serverurl=unix://{layout.supervisor_socket}",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
    ]
    for program in programs:
        lines += program_section(layout, program, folder)
    return "\n".join(lines) + "\n"


def program_section(layout: Layout, program: Program, folder: Path) -> list[str]:
    return [
        f"[program:{program.name}]",
        f"command={' '.join(map(quote, tie_to_supervisor(program.command)))}",
        f"directory={folder}",
        "autostart=false",
        "autorestart=true",
        "startsecs=0",
        "startretries=1000000",
        f"stopsignal={program.stop_signal}",
        f"stopwaitsecs={program.stop_seconds}",
        "killasgroup=true",
        "redirect_stderr=true",
        f"stdout_logfile={layout.logs / program.name}.log",
        f"stdout_logfile_maxbytes={settings.LOG_BYTES}",
        f"stdout_logfile_backups={max(0, settings.LOG_FILES - 1)}",
    ]


def end_with_parent(parent: int) -> Callable[[], None]:
    """Return what makes a child get SIGTERM when the process `parent` ends.

    It runs in the child before that becomes another program.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def prepare() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


class Supervisor:
    """Start, ask and end one installation's supervisord.

    Any process may talk to one that runs; only its starter starts and ends it.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._process: subprocess.Popen[bytes] | None = None

    # -- the daemon itself

    def launch(self, programs: list[Program], environment: Mapping[str, str], folder: Path) -> None:
        """Start supervisord in a session of its own, so that Ctrl-C reaches only us.

        It ends when we end.
        """
        end_processes(
            processes_naming(self.layout.supervisor_conf, ("supervisord", "python")),
            grace_seconds=30,
        )
        self.layout.supervisor_socket.unlink(missing_ok=True)
        replace_text(self.layout.supervisor_conf, render(self.layout, programs, folder))
        command = [
            sys.executable,
            "-m",
            "supervisor.supervisord",
            "-c",
            str(self.layout.supervisor_conf),
        ]
        log = (self.layout.logs / "supervisord.out").open("wb")
        with log:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent(os.getpid()),  # noqa: PLW1509  it only calls prctl and getppid
            )
        self._wait(self.answers, "supervisord", 15)

    def shut_down(self) -> None:
        """Stop every program that still runs, then supervisord.

        Does nothing when it is not ours or gone.
        """
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self.layout.supervisor_socket.unlink(missing_ok=True)

    def alive(self) -> bool:
        """Whether the supervisord that we launched still runs."""
        return self._process is not None and self._process.poll() is None

    def answers(self) -> bool:
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except ProgramError:
            return False

    # -- its programs

    def start(self, name: str) -> None:
        """Start a program; nothing happens when it runs already."""
        if not self.running(name):
            self._call("startProcess", name, True)

    def stop(self, name: str) -> None:
        """Stop a program and wait for its end; nothing happens when it does not run."""
        if self._info(name)["statename"] in ("RUNNING", "STARTING", "BACKOFF"):
            self._call("stopProcess", name, True)

    def stop_together(self, *names: str, timeout: float = 30) -> None:
        """Stop programs at the same time and wait for all of them."""
        for name in names:
            if self._info(name)["statename"] in ("RUNNING", "STARTING", "BACKOFF"):
                self._call("stopProcess", name, False)
        self._wait(
            lambda: not any(self.pid(name) for name in names),
            "the end of " + ", ".join(names),
            timeout,
        )

    def restart(self, name: str) -> None:
        self.stop(name)
        self.start(name)

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to a running program; return the pid it had.

        Its supervisor restarts it when it dies.
        """
        pid = self.pid(name)
        self._call("signalProcess", name, str(number.value))
        return pid

    def running(self, name: str) -> bool:
        return bool(self._info(name)["statename"] == "RUNNING")

    def pid(self, name: str) -> int:
        """Return the program's process id, 0 when it does not run."""
        return int(self._info(name)["pid"])

    def _info(self, name: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self._call("getProcessInfo", name))

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.layout.supervisor_socket}")
        proxy = xmlrpc.client.ServerProxy("http://supervisor", transport=transport)
        try:
            return getattr(proxy.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise ProgramError(f"supervisord: {method}{arguments}: {error}") from error
        finally:
            transport.close()

    def _wait(self, condition: Callable[[], bool], what: str, timeout: float) -> None:
        def holds() -> bool:
            if condition():
                return True
            if self._process is not None and self._process.poll() is not None:
                raise ProgramError(f"supervisord ended; see {self.layout.logs}")
            return False

        if not wait_until(holds, seconds=timeout):
            logs = self.layout.logs
            raise ProgramError(f"{what} did not come about in {timeout:.0f} s; see {logs}")
