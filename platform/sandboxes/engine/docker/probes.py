"""Run the trusted checker as the first process of a fresh container without capabilities.

It takes a request on its standard input and gives a reply on its output (checker_protocol.py). The
container is a copy of a machine (snapshots.py), or shares a machine's network namespace and nothing
else, or stands apart from every machine and is of an image of the platform's own.
"""

import logging
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import docker
import requests
from docker.types import Mount

from core.archives import pack_tar
from sandboxes.engine.checker_protocol import (
    REPLY_MAX,
    ProbeCommand,
    ProbeFact,
    ProbeGarbled,
    deadline_seconds,
    decode_reply,
    encode_request,
    match_facts,
)
from sandboxes.engine.docker.client import engine_errors, image_fact, remove_container
from sandboxes.engine.docker.context import EngineContext
from sandboxes.engine.docker.labels import LABEL_SNAPSHOT
from sandboxes.engine.docker.snapshots import (
    BtrfsSnapshots,
    CommitSnapshots,
    FallbackSnapshots,
    SnapshotMethod,
)
from sandboxes.engine.docker.tools_volume import empty_image
from sandboxes.engine.facts import SmokeTestResult
from sandboxes.engine.limits import GRADER, PROBE, Limits
from sandboxes.engine.machine_paths import CHECKER, TOOLS_MOUNT
from sandboxes.engine.output_stream import Demultiplexer
from sandboxes.errors import EngineError

logger = logging.getLogger(__name__)

ROOT, NOBODY = "0:0", "65534:65534"
SMOKE_OUTPUT_MAX = 500  # characters
RECEIVE_BYTES = 65536


class DockerProbes:
    """Implement ProbeRunner on a Docker engine."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context

    @cached_property
    def snapshots(self) -> SnapshotMethod:
        """Choose the quickest way to copy machines on this engine."""
        context = self._context
        commits = CommitSnapshots(context.api, installation=context.installation)
        root = context.btrfs_root
        # Quotas that count the image would count the machine's whole disk as the copy's.
        if root and not context.counts_image:
            return FallbackSnapshots(BtrfsSnapshots(context.api, root=root), commits)
        return commits

    def probe_snapshot(
        self, container_id: str, commands: Sequence[ProbeCommand]
    ) -> list[ProbeFact]:
        create = self._container_maker()
        with engine_errors():
            return self._run(commands, lambda name: self.snapshots.make(container_id, name, create))

    def probe_network(self, container_id: str, commands: Sequence[ProbeCommand]) -> list[ProbeFact]:
        create = self._container_maker(network=f"container:{container_id}")
        with engine_errors():
            image = empty_image(self._context.api, self._context.installation)
            return self._run(commands, lambda name: create(name, image))

    def run_isolated(
        self, image: str, files: Mapping[str, bytes], commands: Sequence[ProbeCommand]
    ) -> list[ProbeFact]:
        create = self._container_maker(limits=GRADER, user=NOBODY)

        def make(name: str) -> None:
            create(name, image)
            # For everybody to read and nobody to write.
            archive = pack_tar({path: (content, 0o444) for path, content in files.items()})
            self._context.api.put_archive(name, "/", archive)

        with engine_errors():
            return self._run(commands, make)

    def smoke_test(
        self, image: str, command: Sequence[str], limits: Limits, seconds: float
    ) -> SmokeTestResult:
        context, api = self._context, self._context.api
        with engine_errors():
            size = context.disk_size(limits.disk_bytes, image_fact(api, image).size_bytes)
            created = api.create_container(
                image,
                entrypoint=list(command),
                command=[],
                # What a killed worker leaves behind counts as a probe's, which the reaper removes.
                labels={**context.labels, LABEL_SNAPSHOT: "trial"},
                host_config=api.create_host_config(
                    network_mode="none", **limits.to_docker(size_bytes=size)
                ),
            )
            container = str(created["Id"])
            try:
                api.start(container)
                exit_code = wait_for_exit(api, container, seconds)
                return SmokeTestResult(exit_code, last_output(api, container))
            finally:
                remove_container(api, container)

    def _run(
        self, commands: Sequence[ProbeCommand], make: Callable[[str], object]
    ) -> list[ProbeFact]:
        """Converse with the checker in a container that `make` makes, under the name it gets."""
        nonce = secrets.token_hex(16)
        request = encode_request(nonce, commands)
        name = f"{self._context.installation}-s-{uuid.uuid4().hex}"
        try:
            make(name)
            reply = converse(self._context.api, name, request, deadline_seconds(commands))
        finally:
            # Nobody waits for it; the reaper finds what a dying process leaves.
            threading.Thread(target=self._remove_quietly, args=(name,)).start()
        facts = decode_reply(nonce, reply)
        match_facts(commands, facts)
        return facts

    def _container_maker(self, **options: Any) -> Callable[[str, str], str]:
        """Prepare to create containers that have the tools."""
        tools = self._context.ensure_tools(self._context.tools_dir)
        return partial(create_checker, self._context, tools, **options)

    def _remove_quietly(self, name: str) -> None:
        try:
            with engine_errors():
                self.snapshots.remove(name)
        except EngineError as error:
            logger.warning("the probe %s is left to the reaper: %s", name, error)


def create_checker(
    context: EngineContext,
    tools: str,
    name: str,
    image: str,
    *,
    network: str = "",
    limits: Limits = PROBE,
    user: str = ROOT,
) -> str:
    """Create a container that will run the checker of the volume `tools`, and return its id.

    Without a `network` it has a loopback device and nothing else.
    """
    mounts = [Mount(TOOLS_MOUNT, tools, type="volume", read_only=True, no_copy=True)]
    size = context.disk_size(limits.disk_bytes, image_fact(context.api, image).size_bytes)
    options = limits.to_docker(size_bytes=size)
    if network:
        options.pop("dns")  # is the machine's
    created = context.api.create_container(
        image,
        entrypoint=[CHECKER],
        command=[],
        name=name,
        user=user,
        working_dir="/",
        stdin_open=True,
        labels={**context.labels, LABEL_SNAPSHOT: "1"},
        # Not a network named "none": the engine would start a helper for that.
        network_disabled=not network,
        host_config=context.api.create_host_config(
            network_mode=network or None, mounts=mounts, **options
        ),
    )
    return str(created["Id"])


def converse(api: docker.APIClient, name: str, request: bytes, seconds: float) -> bytes:
    """Start the checker and return everything that it writes until it ends.

    Raises ProbeGarbled when that is too long or too late.
    """
    parameters = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
    attached: Any = api.attach_socket(name, params=parameters)
    connection: socket.socket = getattr(attached, "_sock", attached)
    try:
        api.start(name)
        deadline = time.monotonic() + seconds
        connection.settimeout(seconds)
        connection.sendall(request)
        return receive_output(connection, deadline)
    except TimeoutError as error:
        raise ProbeGarbled("the checker did not end in time") from error
    finally:
        attached.close()


def receive_output(connection: socket.socket, deadline: float) -> bytes:
    """Receive a program's standard output until its end.

    Raises TimeoutError, and ProbeGarbled when there is more than any checker writes.
    """
    demultiplexer, output = Demultiplexer(), bytearray()
    while True:
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        data = connection.recv(RECEIVE_BYTES)
        if not data:
            return bytes(output)
        output += demultiplexer.feed(data)
        if len(output) + demultiplexer.discarded > REPLY_MAX:
            raise ProbeGarbled("the checker's reply is longer than any")


def wait_for_exit(api: docker.APIClient, container: str, seconds: float) -> int:
    """Wait for a container's exit code. Raises EngineError when it has not ended in time."""
    try:
        return int(api.wait(container, timeout=int(seconds))["StatusCode"])
    except (
        requests.RequestException
    ) as error:  # the SDK's way to say that it waited for long enough
        output = last_output(api, container)
        raise EngineError(f"it did not end within {seconds:g} s: {output}") from error


def last_output(api: docker.APIClient, container: str) -> str:
    """Return the end of what a container printed, on a single line."""
    log: bytes = api.logs(container, tail=5)
    return " ".join(log.decode(errors="replace").split())[-SMOKE_OUTPUT_MAX:]
