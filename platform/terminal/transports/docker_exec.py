"""A stream to a PTY server through `ptyd attach`, exec'd by the engine: for machines whose socket is out of reach."""

import os
import signal
from typing import Any

from terminal.errors import MachineUnreachable
from terminal.transports import engine_http
from terminal.transports.stream import ByteStream, Stream

ATTACH = ("/.drydock/ptyd", "attach", "--socket", "/run/drydock/pty.sock")
# How long `ptyd attach` gets to end by itself once its input has ended.
END_SECONDS = 2.0
_HEADER = 8
_STDOUT = 1


class Demultiplexer:
    """Takes the engine's stream apart, which puts 8 bytes before each piece: stream number, three zeros, length as a
    big-endian u32 (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach)."""

    def __init__(self) -> None:
        self._header = b""
        self._left = 0
        self._wanted = False

    def feed(self, data: bytes) -> bytes:
        """The standard output in `data`; what `ptyd attach` writes to its error output is left out."""
        pieces = []
        at = 0
        while at < len(data):
            if not self._left:
                at = self._take_header(data, at)
                continue
            end = min(len(data), at + self._left)
            if self._wanted:
                pieces.append(data[at:end])
            self._left -= end - at
            at = end
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _take_header(self, data: bytes, at: int) -> int:
        end = min(len(data), at + _HEADER - len(self._header))
        self._header += data[at:end]
        if len(self._header) == _HEADER:
            self._wanted = self._header[0] == _STDOUT
            self._left = int.from_bytes(self._header[4:], "big")
            self._header = b""
        return end


class ExecStream:
    """A Stream over a hijacked exec. Closing it ends the exec'd process; closing the connection alone would not."""

    def __init__(self, docker_url: str, exec_id: str, raw: ByteStream, rest: bytes) -> None:
        self._docker_url = docker_url
        self._exec_id = exec_id
        self._raw = raw
        self._demultiplexer = Demultiplexer()
        self._first = self._demultiplexer.feed(rest)
        self._closed = False

    async def read(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        while data := await self._raw.read():
            if output := self._demultiplexer.feed(data):
                return output
        return b""

    def write(self, data: bytes) -> None:
        self._raw.write(data)

    async def drain(self) -> None:
        await self._raw.drain()

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._raw.finish(END_SECONDS)
        await self._raw.close()
        await self._end_process()

    async def _end_process(self) -> None:
        """Kill the exec'd process where it still runs and the engine is on this host. Elsewhere the PTY server drops a
        viewer that has been silent for 90 s, which ends the process as well."""
        try:
            state = await self._inspect()
            if state.get("Running") and self._docker_url.startswith("unix:"):
                await self._kill(int(state.get("Pid") or 0))
        except (MachineUnreachable, OSError):
            pass

    async def _kill(self, pid: int) -> None:
        if pid <= 1:
            return
        handle = os.pidfd_open(pid)
        try:
            # Asked again now that the handle pins the process: the number cannot have passed to another since.
            state = await self._inspect()
            if state.get("Running") and state.get("Pid") == pid:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)

    async def _inspect(self) -> dict[str, Any]:
        return await engine_http.call(self._docker_url, "GET", f"/exec/{self._exec_id}/json")


async def open_exec(docker_url: str, container_id: str) -> Stream:
    """Start `ptyd attach` in the container and take its stream. Raises MachineUnreachable."""
    wanted = {"AttachStdin": True, "AttachStdout": True, "AttachStderr": True, "Tty": False, "Cmd": list(ATTACH)}
    created = await engine_http.call(docker_url, "POST", f"/containers/{container_id}/exec", wanted)
    exec_id = created.get("Id")
    if not isinstance(exec_id, str) or not exec_id:
        raise MachineUnreachable
    raw, rest = await engine_http.hijack(docker_url, f"/exec/{exec_id}/start", {"Detach": False, "Tty": False})
    return ExecStream(docker_url, exec_id, raw, rest)
