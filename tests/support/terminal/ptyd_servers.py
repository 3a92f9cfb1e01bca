"""Run real PTY servers: as processes of this host, and in containers."""

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from tests.support.clients.ptyd import Viewer
from tests.support.paths import PLATFORM
from tests.support.waiting import PATIENCE_SECONDS, wait_for

FOLDER = PLATFORM / "runtime/ptyd"
SOURCES = sorted(FOLDER.rglob("*.c"))
LABELS = {"drydock.test": "terminal"}


def compile_ptyd(target: Path, *flags: str) -> bool:
    """Compile with whatever compiler there is; False when these flags do not work here."""
    compilers = ("musl-gcc", "gcc", "cc", "clang")
    compiler = next(filter(None, map(shutil.which, compilers)), None)
    if any("sanitize" in flag for flag in flags):  # musl has no sanitizers
        compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return False
    command = [compiler, "-Wall", "-Wextra", "-Werror", *(flags or ("-O2", "-static"))]
    return (
        subprocess.run([*command, "-I", FOLDER, "-o", target, *SOURCES], check=False).returncode
        == 0
    )


def build_ptyd() -> Path:
    """Give a folder with the compiled `ptyd`, made once for each state of its sources."""
    contents = b"".join(file.read_bytes() for file in sorted(FOLDER.rglob("*.[ch]")))
    stamp = hashlib.sha256(contents).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"drydock-test-tools-{os.getuid()}-{stamp}"
    if not (folder / "ptyd").exists():
        folder.mkdir(mode=0o755, exist_ok=True)
        fresh = folder / f"ptyd.{uuid.uuid4().hex}"
        assert compile_ptyd(fresh), "ptyd does not compile"
        fresh.rename(folder / "ptyd")
    return folder


class HostPtyd:
    """Run `ptyd serve` as a process of this host, unprivileged or not; `socket` is its path."""

    def __init__(
        self, binary: Path, folder: Path, *options: str, prefix: tuple[str, ...] = ()
    ) -> None:
        self.socket = folder / "sockets" / "pty.sock"
        self.killed = False
        self._viewers: list[Viewer] = []
        # A short prompt that is the same everywhere, and no start-up files of the developer's.
        env = {**os.environ, "PS1": "$ ", "ENV": "", "HOME": str(folder)}
        command = [*prefix, str(binary), "serve", "--socket", str(self.socket)]
        command += ["--shell", "/bin/sh", "--cwd", str(folder), *options]
        self.process = subprocess.Popen(command, env=env)
        wait_for(
            lambda: self.socket.exists() or self.process.poll() is not None,
            "the PTY server's socket",
            PATIENCE_SECONDS,
        )

    def viewer(self, *, acks: bool = True, **fields: Any) -> Viewer:
        """Make an attached viewer."""
        viewer = self.connect(acks=acks)
        viewer.attach(**fields)
        return viewer

    def connect(self, *, acks: bool = True) -> Viewer:
        """Make a viewer that has said nothing yet."""
        viewer = Viewer(self.socket, acks=acks)
        self._viewers.append(viewer)
        return viewer

    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def processor_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill_shell(self) -> None:
        """End what it runs as its shell, or in the shell's place, without a farewell."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGKILL)

    def kill(self) -> None:
        """End it without a farewell."""
        self.process.kill()
        self.killed = True

    def stop(self) -> int:
        """End it as its supervisor would; return its exit code."""
        for viewer in self._viewers:
            viewer.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


class ContainerPtyd:
    """Run `ptyd serve` as the init of a container.

    `socket` is its path on this host when `sockets` is a folder.
    """

    def __init__(
        self, docker_url: str, *, image: str, sockets: Path | None = None, **options: Any
    ) -> None:
        self.docker_url = docker_url
        self._client = docker.DockerClient(base_url=docker_url)
        volumes = {str(build_ptyd()): {"bind": "/.drydock", "mode": "ro"}}
        tmpfs = {"/run": "mode=755", "/tmp": "size=128m,exec"}
        if sockets is not None:
            volumes[str(sockets)] = {"bind": "/run/drydock", "mode": "rw"}
        self.container: Container = self._client.containers.run(
            image,
            entrypoint=["/.drydock/ptyd", "serve", "--socket", "/run/drydock/pty.sock"],
            detach=True,
            hostname="box",
            name=f"drydock-test-{uuid.uuid4().hex[:12]}",
            labels=LABELS,
            network_mode="none",
            volumes=volumes,
            tmpfs=tmpfs,
            **options,
        )
        self.socket = str(sockets / "pty.sock") if sockets is not None else ""
        wait_for(self._listens, "the PTY server's socket", 10)

    def _listens(self) -> bool:
        command = "test -S /run/drydock/pty.sock && echo listening"
        return b"listening" in self.container.exec_run(["/bin/sh", "-c", command]).output

    def processes(self) -> list[str]:
        """Give the command lines in the container, as the host sees them."""
        table = self.container.top()
        column = table["Titles"].index("CMD")
        return [row[column] for row in table["Processes"]]

    def stop(self) -> None:
        self.container.remove(force=True)
        self._client.close()
