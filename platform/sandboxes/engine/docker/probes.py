"""Runs the trusted checker as the first process of a fresh container without capabilities: one request on its standard
input, one reply on its output.

Three kinds of containers: a copy of a machine (docker_copies.py), one beside a machine that shares its network
namespace and nothing else, and one apart from every machine, of an image of the platform's own.
"""

import io
import logging
import secrets
import socket
import tarfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import docker
from docker.types import Mount

from sandboxes.engine.checker_protocol import REPLY_MAX, deadline_seconds, decode_reply, encode_request, match_facts
from sandboxes.engine.docker.client import LABEL_INSTALLATION, engine_errors, image_fact
from sandboxes.engine.docker.snapshots import LABEL_SNAPSHOT, SnapshotMethod
from sandboxes.engine.docker.tools_volume import empty_image
from sandboxes.engine.interface import TOOLS_MOUNT, ProbeCommand, ProbeFact, ProbeGarbled
from sandboxes.engine.limits import GRADER, PROBE, Limits
from sandboxes.errors import EngineError

logger = logging.getLogger(__name__)

CHECKER = f"{TOOLS_MOUNT}/checker"
HEADER = 8  # of each piece of an attached stream: kind u8, three zeros, length u32 big-endian
STDOUT = 1
ROOT, NOBODY = "0:0", "65534:65534"


@dataclass(frozen=True)
class Prober:
    """Runs commands under the checker. `tools` is the volume with it; `disk_size` gives the limit, None for none, of a
    container that may write so many bytes beside an image of so many."""

    api: docker.APIClient
    installation: str
    tools: str
    copies: SnapshotMethod
    disk_size: Callable[[int, int], int | None]

    def in_copy(self, machine: str, commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        """See SandboxEngine.probe_snapshot."""
        return self._run(commands, lambda name: self.copies.make(machine, name, self._create))

    def beside(self, machine: str, commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        """See SandboxEngine.probe_network."""
        image = empty_image(self.api, self.installation)
        create = partial(self._create, network=f"container:{machine}")
        return self._run(commands, lambda name: create(name, image))

    def apart(self, image: str, files: Mapping[str, bytes], commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        """See SandboxEngine.run_isolated."""

        def make(name: str) -> None:
            self._create(name, image, limits=GRADER, user=NOBODY)
            self.api.put_archive(name, "/", _packed(files))

        return self._run(commands, make)

    def _run(self, commands: Sequence[ProbeCommand], make: Callable[[str], object]) -> list[ProbeFact]:
        nonce = secrets.token_hex(16)
        request = encode_request(nonce, commands)
        name = f"{self.installation}-s-{uuid.uuid4().hex}"
        try:
            make(name)
            reply = _converse(self.api, name, request, deadline_seconds(commands))
        finally:
            # Nobody waits for it; the reaper finds what a dying process leaves.
            threading.Thread(target=self._remove_quietly, args=(name,)).start()
        facts = decode_reply(nonce, reply)
        match_facts(commands, facts)
        return facts

    def _create(
        self,
        name: str,
        image: str,
        *,
        network: str = "",
        limits: Limits = PROBE,
        user: str = ROOT,
    ) -> str:
        """A container that will run the checker. Without a `network` it has a loopback device and nothing else."""
        mounts = [Mount(TOOLS_MOUNT, self.tools, type="volume", read_only=True, no_copy=True)]
        size = self.disk_size(limits.disk_bytes, image_fact(self.api, image).size_bytes)
        options = limits.to_docker(size_bytes=size)
        if network:
            options.pop("dns")  # is the machine's
        host_config = self.api.create_host_config(network_mode=network or None, mounts=mounts, **options)
        made = self.api.create_container(
            image,
            entrypoint=[CHECKER],
            command=[],
            name=name,
            user=user,
            working_dir="/",
            stdin_open=True,
            labels={LABEL_INSTALLATION: self.installation, LABEL_SNAPSHOT: "1"},
            network_disabled=not network,  # not a network named "none": the engine would start a helper for that
            host_config=host_config,
        )
        return str(made["Id"])

    def _remove_quietly(self, name: str) -> None:
        try:
            with engine_errors():
                self.copies.remove(name)
        except EngineError as error:
            logger.warning("the probe %s is left to the reaper: %s", name, error)


def _packed(files: Mapping[str, bytes]) -> bytes:
    """Files as a tar stream, for everybody to read and nobody to write."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size, member.mode = len(content), 0o444
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _converse(api: docker.APIClient, name: str, request: bytes, seconds: float) -> bytes:
    """Everything the checker writes until it ends. Raises ProbeGarbled when that is too long or too late."""
    attached: Any = api.attach_socket(name, params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
    connection: socket.socket = getattr(attached, "_sock", attached)
    try:
        api.start(name)
        deadline = time.monotonic() + seconds
        connection.settimeout(seconds)
        connection.sendall(request)
        return _read_stdout(connection, deadline)
    except TimeoutError as error:
        raise ProbeGarbled("the checker did not end in time") from error
    finally:
        attached.close()


def _read_stdout(connection: socket.socket, deadline: float) -> bytes:
    stdout = bytearray()
    taken = 0
    while header := _read_exactly(connection, HEADER, deadline):
        size = int.from_bytes(header[4:], "big")
        taken += size
        if taken > REPLY_MAX:
            raise ProbeGarbled("the checker's reply is longer than any")
        piece = _read_exactly(connection, size, deadline)
        if header[0] == STDOUT:
            stdout += piece
    return bytes(stdout)


def _read_exactly(connection: socket.socket, size: int, deadline: float) -> bytes:
    """`size` bytes, or fewer at the end of the stream."""
    data = bytearray()
    while len(data) < size:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        piece = connection.recv(size - len(data))
        if not piece:
            break
        data += piece
    return bytes(data)
