"""Ask the Docker engine in a machine, over one connection, and hold it against what the host sees.

Answers come from the engine, or from any program where the host could not look. Their shape is not
trusted, texts are cut, and everything is bounded.
"""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from checks.evidence import docker_parsers
from checks.evidence.docker_schema import no_docker
from checks.evidence.schema import Evidence
from checks.evidence.tasks import Subject
from sandboxes.docker_events import history
from sandboxes.docker_events.parser import EngineEvent
from sandboxes.engine import machine_http
from sandboxes.engine.facts import PeerAttestation
from sandboxes.engine.interface import AttestedConnection, SandboxEngine
from sandboxes.errors import EngineError, InsideSilent, MachineMissing
from sandboxes.machine_types.docker import DOCKER_PROGRAM, ENGINE_SOCKETS

SECONDS = 8.0


class DockerSession:
    """Ask an engine for what checks name, each thing once.

    Every method raises EngineError. What the engine answers is put into `docker`.
    """

    def __init__(self, session: machine_http.HttpSession, *, opened: float) -> None:
        """Begin with nothing."""
        self.docker = no_docker()
        self.docker["opened"] = opened
        self._session = session
        self._containers: dict[str, dict[str, Any]] = {}  # as inspected, by name
        self._folders: dict[str, frozenset[str]] = {}  # of images' layers, by name

    @property
    def folders(self) -> frozenset[str]:
        """Return all folders that are to be there."""
        return frozenset().union(*self._folders.values())

    def get(self, path: str) -> Any:
        """Return the answer's JSON; None for what is not there."""
        answer = self._session.get(path)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise EngineError(f"the machine's engine answered {answer.status} to {path}")
        return None if path == "/_ping" else answer.json()

    def add_container(self, name: str) -> None:
        """Inspect a container."""
        raw = self.get(f"/containers/{quote(name)}/json")
        self.docker["container"][name] = docker_parsers.parse_container(raw, name)
        if raw:
            self._containers[name] = raw

    def add_image(self, name: str) -> None:
        """Inspect an image, and the steps that made it."""
        if name in self.docker["image"]:
            return
        path = f"/images/{quote(name, safe='/:@')}"
        raw = self.get(f"{path}/json")
        steps = self.get(f"{path}/history") if raw else None
        self.docker["image"][name] = docker_parsers.parse_image(raw, steps)
        self._folders[name] = docker_parsers.layer_folders(raw)

    def add_network(self, name: str) -> None:
        """Inspect a network."""
        raw = self.get(f"/networks/{quote(name)}")
        self.docker["network"][name] = docker_parsers.parse_network(raw)

    def add_volume(self, name: str) -> None:
        """Ask whether a volume is there, and list the containers that may use it."""
        self.docker["volume"][name] = self.get(f"/volumes/{quote(name)}") is not None
        self.list_containers()

    def list_containers(self) -> None:
        """List all containers."""
        if self.docker["containers"] is None:
            raw = self.get("/containers/json?all=1")
            self.docker["containers"] = docker_parsers.parse_containers(raw)

    def list_events(self, before: Sequence[EngineEvent]) -> None:
        """List what happened since the machine became the student's.

        `before` happened before the engine was last started.
        """
        if self.docker["events"] is None:
            answer = self._session.get(history.events_path(self.docker["opened"]))
            events = history.merge_history(before, history.read_events(answer))
            self.docker["events"] = docker_parsers.parse_events(events)

    def attest(self, attestation: PeerAttestation) -> None:
        """Note what the host sees of what the engine answered."""
        if not attestation.visible or attestation.fault:
            return
        for name, raw in self._containers.items():
            container = self.docker["container"][name]
            if container and container["state"] in ("running", "paused"):
                container["alive"] = docker_parsers.is_alive(raw, attestation.roots)
        for name, folders in self._folders.items():
            image = self.docker["image"][name]
            if image:
                image["whole"] = not folders & attestation.missing


def gather_docker(
    evidence: Evidence,
    subject: Subject,
    engine: SandboxEngine,
    questions: Sequence[Callable[[DockerSession], None]],
) -> None:
    """Ask the machine's engine everything that checks ask of it."""
    try:
        connection = engine.open_attested(subject.container_id, ENGINE_SOCKETS, DOCKER_PROGRAM)
        try:
            ask_all(connection, evidence, subject, questions)
        finally:
            connection.close()
    except MachineMissing:
        raise
    except EngineError as error:
        raise InsideSilent(str(error)) from error


def ask_all(
    connection: AttestedConnection,
    evidence: Evidence,
    subject: Subject,
    questions: Sequence[Callable[[DockerSession], None]],
) -> None:
    """Ask everything, and have the host look at who answers.

    It prechecks before anything is asked that costs much, and attests when all answers are there.
    """
    http = machine_http.HttpSession(connection, seconds=SECONDS)
    session = DockerSession(http, opened=subject.opened)
    session.get("/_ping")
    if fault := connection.precheck():
        session.docker["engine"] = {"seen": True, "fault": fault}
    else:
        for question in questions:
            question(session)
        attestation = connection.attest(session.folders)
        session.docker["engine"] = {"seen": attestation.visible, "fault": attestation.fault}
        session.attest(attestation)
    evidence["docker"] = session.docker
