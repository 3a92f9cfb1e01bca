"""Runs the trusted checker in a copy of a machine: commit, a fresh container without capabilities or network, one
request on its standard input, one reply on its output.

The machine is paused from before its size is measured until it is copied: a commit writes every byte of a sparse file
(6 s a gigabyte), so a student could otherwise fill the engine's disk between the two. The pause also keeps two probes
of one machine apart. A worker killed half-way leaves it paused; the reaper sees to that.
"""

import logging
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import docker
from docker.errors import APIError
from docker.types import Mount

from sandboxes.docker_api import already_done, engine_errors, image_fact
from sandboxes.engine import TOOLS_MOUNT, ProbeCommand, ProbeFact, ProbeGarbled
from sandboxes.errors import EngineError, SnapshotTooLarge
from sandboxes.limits import MIB, PROBE
from sandboxes.probe import REPLY_MAX, deadline_seconds, decode_reply, encode_request, match_facts

logger = logging.getLogger(__name__)

CHECKER = f"{TOOLS_MOUNT}/checker"
LABEL_SNAPSHOT = "drydock.snapshot"
# What an image was made from (see operate/images.py). A commit inherits labels, and a student's disk must never
# be taken for the image itself.
LABEL_CONTENT = "drydock.content"
HEADER = 8  # of each piece of an attached stream: kind u8, three zeros, length u32 big-endian
STDOUT = 1
COPY_MAX = 400 * MIB  # what a machine may hold beside its image, sparse files at their full length, to be copied
PAUSE_SECONDS = 10.0


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
    image = _snapshot(api, container_id, repository=f"{installation}/snapshot", tag=name)
    try:
        size = image_fact(api, image).size_bytes + PROBE.disk_bytes if bound else None
        _create(api, name, image, tools=tools, size=size)
        reply = _converse(api, name, request, deadline_seconds(commands))
    finally:
        # Takes as long as all the rest, so nobody waits for it; the reaper finds what a dying process leaves.
        threading.Thread(target=_remove_quietly, args=(api, name, image)).start()
    facts = decode_reply(nonce, reply)
    match_facts(commands, facts)
    return facts


def _snapshot(api: docker.APIClient, container_id: str, *, repository: str, tag: str) -> str:
    """The id of an image of the machine's disk as it is now. Raises SnapshotTooLarge."""
    with _paused(api, container_id):
        held = _held_bytes(api, container_id)
        if held > COPY_MAX:
            raise SnapshotTooLarge(f"{held} bytes")
        conf = {"Labels": {LABEL_SNAPSHOT: "1", LABEL_CONTENT: ""}}
        made = api.commit(container_id, repository=repository, tag=tag, pause=False, conf=conf)
        return str(made["Id"])


@contextmanager
def _paused(api: docker.APIClient, container_id: str) -> Iterator[None]:
    """Nothing in the machine runs meanwhile. Waits while another one has it paused."""
    deadline = time.monotonic() + PAUSE_SECONDS
    while not _pause(api, container_id):
        if time.monotonic() > deadline:
            raise EngineError("the machine stays paused")
        time.sleep(0.05)
    try:
        yield
    finally:
        with already_done():
            api.unpause(container_id)


def _pause(api: docker.APIClient, container_id: str) -> bool:
    try:
        api.pause(container_id)
    except APIError as error:
        if "already paused" not in str(error.explanation):
            raise
        return False
    return True


def _held_bytes(api: Any, container_id: str) -> int:
    """Length of all files that the machine has and its image has not, holes included. The SDK's own inspect_container
    can't ask for it."""
    response = api._get(api._url("/containers/{0}/json", container_id), params={"size": "true"})
    return int(api._result(response, json=True)["SizeRw"])


def _remove_quietly(api: docker.APIClient, container: str, image: str) -> None:
    try:
        with engine_errors():
            remove_probe(api, container, image)
    except EngineError as error:
        logger.warning("the probe %s is left to the reaper: %s", container, error)


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
