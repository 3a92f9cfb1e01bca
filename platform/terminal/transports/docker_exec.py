"""Stream to a PTY server through `ptyd attach`, exec'd by the engine.

It serves machines whose socket is out of reach.
"""

import contextlib
import os
import signal
from typing import Any

from sandboxes.engine.machine_paths import PTY_SOCKET, TOOLS_MOUNT
from sandboxes.engine.output_stream import Demultiplexer
from terminal.errors import MachineUnreachable
from terminal.transports import engine_http
from terminal.transports.stream import ByteStream, Stream

ATTACH = (f"{TOOLS_MOUNT}/ptyd", "attach", "--socket", PTY_SOCKET)
# How long `ptyd attach` gets to end by itself once its input has ended.
END_SECONDS = 2.0


class ExecStream:
    """Stream over a hijacked exec.

    Closing it ends the exec'd process; closing the connection alone would not.
    """

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

    def is_full(self) -> bool:
        return self._raw.is_full()

    async def drain(self) -> None:
        await self._raw.drain()

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._raw.finish(END_SECONDS)
        await self._raw.close()
        with contextlib.suppress(MachineUnreachable, OSError):
            await end_process(self._docker_url, self._exec_id)


async def end_process(docker_url: str, exec_id: str) -> None:
    """Kill the exec'd process where it still runs and the engine is on this host.

    Elsewhere the PTY server drops a viewer that has been silent for 90 s, which ends the process as
    well. Raises MachineUnreachable, OSError.
    """

    async def running_pid() -> int:
        state = await engine_http.call(docker_url, "GET", f"/exec/{exec_id}/json")
        return int(state.get("Pid") or 0) if state.get("Running") else 0

    pid = await running_pid()
    if pid <= 1 or not docker_url.startswith("unix:"):
        return
    handle = os.pidfd_open(pid)
    try:
        # Asked again now that the handle pins the process: the number cannot have passed to another
        # process since.
        if await running_pid() == pid:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    finally:
        os.close(handle)


async def open_exec(docker_url: str, container_id: str) -> Stream:
    """Start `ptyd attach` in the container and take its stream. Raises MachineUnreachable."""
    options: dict[str, Any] = {
        "AttachStdin": True,
        "AttachStdout": True,
        "AttachStderr": True,
        "Tty": False,
        "Cmd": list(ATTACH),
    }
    created = await engine_http.call(
        docker_url, "POST", f"/containers/{container_id}/exec", options
    )
    exec_id = created.get("Id")
    if not isinstance(exec_id, str) or not exec_id:
        raise MachineUnreachable
    raw, rest = await engine_http.hijack(
        docker_url, f"/exec/{exec_id}/start", {"Detach": False, "Tty": False}
    )
    return ExecStream(docker_url, exec_id, raw, rest)
