"""What attestation.py needs of an engine: a machine's first process, and a container just made from its image."""

import logging
import threading
import uuid
from collections.abc import Collection

import docker
from docker.types import Mount

from sandboxes.engine import attestation
from sandboxes.engine.attestation import Reference
from sandboxes.engine.docker.client import already_done
from sandboxes.engine.docker.connections import CONNECT_SECONDS, ExecStream, init_here, open_exec, with_retries
from sandboxes.engine.interface import TOOLS_MOUNT, AttestedConnection, PeerAttestation
from sandboxes.engine.limits import PROBE
from sandboxes.engine.linux import procfs
from sandboxes.errors import EngineError

logger = logging.getLogger(__name__)

LIFE_SECONDS = "60"  # longer than it takes to read what is there, should nobody remove it
# Programs that write code as they run: emulators.
MAKE_CODE = ("/usr/bin/qemu-system-x86_64", "/usr/bin/qemu-system-aarch64")


class UnattestedConnection:
    """A connection relayed through the machine, of which the host can't be looked at. See engine.AttestedConnection."""

    def __init__(self, stream: ExecStream) -> None:
        self.send, self.receive, self.close = stream.send, stream.receive, stream.close

    def precheck(self) -> str:
        return ""

    def attest(self, folders: Collection[str] = ()) -> PeerAttestation:
        return PeerAttestation(visible=False)


class Attestor:
    """Looks into machines of one engine, if it is `here` and they are this host's processes. `labels` mark the
    containers that references are read from."""

    def __init__(
        self, api: docker.APIClient, *, tools: str, labels: dict[str, str], prefix: str, here: bool = True
    ) -> None:
        self._api, self._tools, self._labels, self._prefix, self._here = api, tools, labels, prefix, here
        self._known: dict[str, Reference] = {}
        self._lock = threading.Lock()

    def open_attested(self, container_id: str, socket: str, program: str) -> AttestedConnection:
        """See SandboxEngine.open_attested."""
        init, image = self._find(container_id)
        if not init:
            return UnattestedConnection(open_exec(self._api, container_id, socket, wait_seconds=0))
        reference = self._reference(image)
        return with_retries(
            lambda: attestation.connect_attested(container_id, init, socket, program, reference, CONNECT_SECONDS),
            socket,
            wait_seconds=0,
        )

    def genuine_processes(self, container_id: str, program: str) -> frozenset[int] | None:
        """See SandboxEngine.genuine."""
        init, image = self._find(container_id)
        if not init:
            return None
        reference = self._reference(image)
        pids = procfs.processes_of(container_id)
        try:
            return frozenset(pid for pid in pids if self.is_genuine(pid, init, program, reference))
        except PermissionError:  # this host does not tell us
            return None

    def is_genuine(self, pid: int, init: int, program: str, reference: Reference) -> bool:
        try:
            return not attestation.program_fault(pid, init, program, reference, makes_code=program in MAKE_CODE)
        except PermissionError:
            raise
        except OSError:  # ended, or nothing that runs a program
            return False

    def _find(self, container_id: str) -> tuple[int, str]:
        """A machine's first process, 0 where it can't be looked into, and its image."""
        found = self._api.inspect_container(container_id)
        return init_here(found) if self._here else 0, str(found["Image"])

    def _reference(self, image: str) -> Reference:
        """Read once. Raises EngineError."""
        with self._lock:
            if image not in self._known:
                self._known[image] = self._read(image)
            return self._known[image]

    def _read(self, image: str) -> Reference:
        """From a container that nobody but us was in."""
        name = f"{self._prefix}-s-{uuid.uuid4().hex}"
        self._create(name, image)
        try:
            self._api.start(name)
            return attestation.read_reference(int(self._api.inspect_container(name)["State"]["Pid"]))
        except OSError as error:
            raise EngineError(f"the files of {image} could not be looked at: {error}") from error
        finally:
            threading.Thread(target=self._remove, args=(name,)).start()

    def _create(self, name: str, image: str) -> None:
        mounts = [Mount(TOOLS_MOUNT, self._tools, type="volume", read_only=True, no_copy=True)]
        config = PROBE.to_docker(size_bytes=None)
        self._api.create_container(
            image,
            entrypoint=[f"{TOOLS_MOUNT}/busybox", "sleep", LIFE_SECONDS],
            command=[],
            name=name,
            user="0:0",
            labels=self._labels,
            host_config=self._api.create_host_config(network_mode="none", mounts=mounts, read_only=True, **config),
        )

    def _remove(self, name: str) -> None:
        try:
            with already_done():
                self._api.remove_container(name, force=True, v=True)
        except Exception:
            logger.exception("the container %s is left to the reaper", name)
