"""Runs the trusted checker in a copy of a machine: commit, a fresh container without capabilities or network, one
request on its standard input, one reply on its output.

The engine itself pauses the machine during the commit, so a worker killed half-way leaves no frozen terminal.
"""

import secrets
import socket
import time
import uuid
from collections.abc import Sequence
from typing import Any

import docker
from docker.types import Mount

from sandboxes.docker_api import already_done, image_fact
from sandboxes.engine import TOOLS_MOUNT, ProbeCommand, ProbeFact, ProbeGarbled
from sandboxes.limits import PROBE
from sandboxes.probe import REPLY_MAX, deadline_seconds, decode_reply, encode_request, match_facts

CHECKER = f"{TOOLS_MOUNT}/checker"
LABEL_SNAPSHOT = "drydock.snapshot"
HEADER = 8  # of each piece of an attached stream: kind u8, three zeros, length u32 big-endian
STDOUT = 1


def run_probe(
    api: docker.APIClient,
    container_id: str,
    commands: Sequence[ProbeCommand],
    *,
    installation: str,
    tools: str,
    bound: bool,
) -> list[ProbeFact]:
    """See SandboxEngine.run_probe. `bound`: the engine can bound the copy's disk."""
    nonce = secrets.token_hex(16)
    request = encode_request(nonce, commands)
    name = f"{installation}-s-{uuid.uuid4().hex}"
    labels = {LABEL_SNAPSHOT: "1"}
    image = api.commit(container_id, repository=f"{installation}/snapshot", tag=name, conf={"Labels": labels})["Id"]
    try:
        size = image_fact(api, image).size_bytes + PROBE.disk_bytes if bound else None
        _create(api, name, image, tools=tools, size=size)
        reply = _converse(api, name, request, deadline_seconds(commands))
    finally:
        remove_probe(api, name, image)
    facts = decode_reply(nonce, reply)
    match_facts(commands, facts)
    return facts


def remove_probe(api: docker.APIClient, container: str, image: str) -> None:
    """Remove the copy and its image, as far as they are there."""
    with already_done():
        api.remove_container(container, force=True, v=True)
    with already_done():
        api.remove_image(image, force=True, noprune=True)


def _create(api: docker.APIClient, name: str, image: str, *, tools: str, size: int | None) -> None:
    mounts = [Mount(TOOLS_MOUNT, tools, type="volume", read_only=True, no_copy=True)]
    host_config = api.create_host_config(network_mode="none", mounts=mounts, **PROBE.to_docker(size_bytes=size))
    api.create_container(
        image,
        entrypoint=[CHECKER],
        command=[],
        name=name,
        user="0:0",
        working_dir="/",
        stdin_open=True,
        host_config=host_config,
    )


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
