"""Real PTY servers for tests: one as a process of this host, one in a container."""

import asyncio
import hashlib
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from terminal.transports.stream import Stream
from terminal.wire import ptyd_frames
from tests.support.paths import PLATFORM

PTYD_SOURCES = PLATFORM / "runtime/ptyd"
LABELS = {"drydock.test": "terminal"}


def build_ptyd() -> Path:
    """A folder that holds the compiled `ptyd`, made once for each state of its sources."""
    sources = sorted(PTYD_SOURCES.glob("*.c"))
    stamp = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(PTYD_SOURCES.glob("*.[ch]")))).hexdigest()
    folder = Path(tempfile.gettempdir()) / f"drydock-test-tools-{os.getuid()}-{stamp[:12]}"
    if not (folder / "ptyd").exists():
        folder.mkdir(mode=0o755, exist_ok=True)
        fresh = folder / f"ptyd.{uuid.uuid4().hex}"
        compiler = shutil.which("musl-gcc") or "gcc"
        subprocess.run([compiler, "-static", "-O2", "-o", fresh, *sources], check=True)
        fresh.rename(folder / "ptyd")
    return folder


class HostPtyd:
    """`ptyd serve` as a process of this host; `socket` is its path."""

    def __init__(self, folder: Path) -> None:
        self.socket = str(folder / "pty.sock")
        # A short prompt that is the same everywhere, and no start-up files of whoever runs the tests.
        home = folder / "home"
        home.mkdir(exist_ok=True)
        env = {**os.environ, "SHELL": "/bin/sh", "HOME": str(home), "ENV": "", "PS1": "$ "}
        self._process = subprocess.Popen([build_ptyd() / "ptyd", "serve", "--socket", self.socket], env=env)
        _wait_for(lambda: Path(self.socket).exists())

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(5)


class BoxPtyd:
    """`ptyd serve` as the init of a container; `socket` is its path on this host when `sockets` is a folder."""

    def __init__(self, docker_url: str, *, image: str, sockets: Path | None = None, **options: Any) -> None:
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
        _wait_for(lambda: b"listening" in self._probe())

    def _probe(self) -> bytes:
        command = "test -S /run/drydock/pty.sock && echo listening"
        return bytes(self.container.exec_run(["/bin/sh", "-c", command]).output)

    def processes(self) -> list[str]:
        """Command lines in the container, as the host sees them."""
        table = self.container.top()
        column = table["Titles"].index("CMD")
        return [row[column] for row in table["Processes"]]

    def stop(self) -> None:
        self.container.remove(force=True)
        self._client.close()


def _wait_for(condition: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the PTY server did not start"
        time.sleep(0.02)


class Attached:
    """A viewer that speaks ptyd's protocol over a Stream and acknowledges what it reads."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.output = b""  # since the last `ready`
        self.seq = 0  # the number of the next byte
        self.hello: ptyd_frames.Hello | None = None
        self.sizes: list[tuple[int, int]] = []
        self._decoder = ptyd_frames.FrameDecoder()

    def attach(self, **fields: Any) -> None:
        self.stream.write(ptyd_frames.Attach(**fields).encode())

    def type(self, data: bytes) -> None:
        for at in range(0, len(data), ptyd_frames.MAX_PAYLOAD):
            self.stream.write(ptyd_frames.encode(ptyd_frames.INPUT, data[at : at + ptyd_frames.MAX_PAYLOAD]))

    async def ready(self) -> None:
        """Wait for the shell, and forget what earlier viewers left on the screen."""
        mark = uuid.uuid4().hex[:8]
        self.type(f"echo {mark[:4]}''{mark[4:]}\n".encode())
        await self.until(f"{mark}\r\n".encode())
        self.output = b""

    async def until(self, mark: bytes, seconds: float = 15) -> bytes:
        """Read until `mark` stands in the output; all output so far."""
        async with asyncio.timeout(seconds):
            while mark not in self.output:
                await self._take(await self.stream.read())
        return self.output

    async def until_end(self, seconds: float = 5) -> None:
        async with asyncio.timeout(seconds):
            while data := await self.stream.read():
                await self._take(data)

    async def _take(self, data: bytes) -> None:
        assert data, "the stream ended"
        for kind, payload in self._decoder.feed(data):
            if kind == ptyd_frames.HELLO:
                self.hello = ptyd_frames.Hello.parse(payload)
                self.seq = self.hello.seq
            elif kind == ptyd_frames.OUTPUT:
                self.output += payload
                self.seq += len(payload)
            elif kind == ptyd_frames.SIZE:
                self.sizes.append(ptyd_frames.parse_size(payload))
        if self.hello is not None:
            self.stream.write(ptyd_frames.encode(ptyd_frames.ACK, ptyd_frames.pack_ack(self.seq)))
