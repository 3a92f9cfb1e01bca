"""Attest which program answers in a machine: what linux/attestation.py needs of an engine.

That is a machine's first process, and a container just made from its image.
"""

import logging
import threading
import uuid
from collections.abc import Collection

from docker.types import Mount

from sandboxes.engine.docker.client import remove_container
from sandboxes.engine.docker.connections import (
    CONNECT_SECONDS,
    ExecConnection,
    connect_with_retries,
    local_init,
    open_relay,
    paths_of,
)
from sandboxes.engine.docker.context import EngineContext
from sandboxes.engine.docker.labels import LABEL_SNAPSHOT
from sandboxes.engine.facts import PeerAttestation, Sockets
from sandboxes.engine.interface import AttestedConnection
from sandboxes.engine.limits import PROBE
from sandboxes.engine.linux import procfs
from sandboxes.engine.linux.attestation import (
    Reference,
    connect_attested,
    program_fault,
    read_reference,
)
from sandboxes.engine.machine_paths import BUSYBOX, TOOLS_MOUNT
from sandboxes.errors import EngineError

logger = logging.getLogger(__name__)

LIFE_SECONDS = "60"  # longer than it takes to read what is there, should nobody remove it
# Programs that write code as they run: emulators.
JIT_PROGRAMS = ("/usr/bin/qemu-system-x86_64", "/usr/bin/qemu-system-aarch64")


class UnattestedConnection:
    """Carry bytes through a relay in a machine that this host can't look into."""

    def __init__(self, relay: ExecConnection) -> None:
        self.send, self.receive, self.close = relay.send, relay.receive, relay.close

    def precheck(self) -> str:
        return ""

    def attest(self, folders: Collection[str] = ()) -> PeerAttestation:
        return PeerAttestation(visible=False)


class Attestor:
    """Look into the machines of an engine on this host, as far as they are its processes."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._references: dict[str, Reference] = {}
        self._lock = threading.Lock()

    def open_attested(self, container_id: str, socket: Sockets, program: str) -> AttestedConnection:
        """Connect to `program`. See MachineInspector.open_attested."""
        init, image = self._first_process(container_id)
        if not init:
            relay = open_relay(self._context.api, container_id, socket, wait_seconds=0)
            return UnattestedConnection(relay)
        reference = self._reference(image)
        return connect_with_retries(
            lambda: connect_attested(
                container_id, init, paths_of(socket), program, reference, CONNECT_SECONDS
            ),
            socket,
            wait_seconds=0,
        )

    def genuine_processes(self, container_id: str, program: str) -> frozenset[int] | None:
        """Find a program's processes. See MachineInspector.genuine_processes."""
        init, image = self._first_process(container_id)
        if not init:
            return None
        reference = self._reference(image)
        pids = procfs.processes_of(container_id)
        try:
            return frozenset(pid for pid in pids if is_genuine(pid, init, program, reference))
        except PermissionError:  # this host does not tell us
            return None

    def _first_process(self, container_id: str) -> tuple[int, str]:
        """Return a machine's first process, 0 where we can't look into it, and its image."""
        container = self._context.api.inspect_container(container_id)
        return local_init(container) if self._context.is_local else 0, str(container["Image"])

    def _reference(self, image: str) -> Reference:
        """Read an image's files once, from a container that nobody but us was in.

        Raises EngineError.
        """
        with self._lock:
            if image not in self._references:
                self._references[image] = self._read(image)
            return self._references[image]

    def _read(self, image: str) -> Reference:
        api = self._context.api
        name = f"{self._context.installation}-s-{uuid.uuid4().hex}"
        tools = self._context.ensure_tools(self._context.tools_dir)
        mounts = [Mount(TOOLS_MOUNT, tools, type="volume", read_only=True, no_copy=True)]
        config = PROBE.to_docker(size_bytes=None)
        api.create_container(
            image,
            entrypoint=[BUSYBOX, "sleep", LIFE_SECONDS],
            command=[],
            name=name,
            user="0:0",
            labels={**self._context.labels, LABEL_SNAPSHOT: "1"},
            host_config=api.create_host_config(
                network_mode="none", mounts=mounts, read_only=True, **config
            ),
        )
        try:
            api.start(name)
            return read_reference(int(api.inspect_container(name)["State"]["Pid"]))
        except OSError as error:
            raise EngineError(f"the files of {image} could not be looked at: {error}") from error
        finally:
            threading.Thread(target=self._remove, args=(name,)).start()

    def _remove(self, name: str) -> None:
        try:
            remove_container(self._context.api, name)
        except Exception:
            logger.exception("the container %s is left to the reaper", name)


def is_genuine(pid: int, init: int, program: str, reference: Reference) -> bool:
    """Whether a process is the image's own `program`. Raises PermissionError."""
    try:
        return not program_fault(pid, init, program, reference, writes_code=program in JIT_PROGRAMS)
    except PermissionError:
        raise
    except OSError:  # ended, or nothing that runs a program
        return False
