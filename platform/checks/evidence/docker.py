"""The collector of what the Docker engine in a machine has: one connection, several requests, and what the host sees of
who answers them.

What comes is the engine's word, and where the host could not look, whoever's: shapes are not trusted, texts are cut,
and everything is bounded.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from checks.evidence import shapes
from checks.evidence.base import ALIVE, Piece, Target
from checks.evidence.docker_schema import DockerEvidence, no_docker
from checks.evidence.schema import Evidence
from checks.specs import (
    CheckSpec,
    ComposeCheck,
    ContainerCheck,
    DockerCheck,
    HistoryCheck,
    ImageCheck,
    NetworkCheck,
    RegistryCheck,
    VolumeCheck,
)
from sandboxes.docker_events import history
from sandboxes.docker_events.parser import EngineEvent
from sandboxes.engine import machine_http
from sandboxes.engine.facts import PeerAttestation
from sandboxes.engine.interface import AttestedConnection, SandboxEngine
from sandboxes.errors import EngineError, InsideSilent, MachineMissing
from sandboxes.machine_types.docker import DOCKER_PROGRAM, DOCKER_SOCKET

SECONDS = 8.0


def docker_pieces(checks: Sequence[CheckSpec], target: Target, engine: SandboxEngine) -> list[Piece]:
    """One piece for all that is asked of the machine's engine."""
    asked = [check for check in checks if isinstance(check, DockerCheck)]
    images = [check.same_as for check in checks if isinstance(check, RegistryCheck) and check.same_as]
    if not asked and not images:
        return []
    return [Piece("docker", partial(_add_docker, checks=asked, images=images, target=target, engine=engine), ALIVE)]


def _add_docker(
    evidence: Evidence, *, checks: Sequence[DockerCheck], images: Sequence[str], target: Target, engine: SandboxEngine
) -> None:
    try:
        connection = engine.open_attested(target.container_id, DOCKER_SOCKET, DOCKER_PROGRAM)
        try:
            evidence["docker"] = _look(connection, checks, images, target)
        finally:
            connection.close()
    except MachineMissing:
        raise
    except EngineError as error:
        raise InsideSilent(str(error)) from error


def _look(
    connection: AttestedConnection, checks: Sequence[DockerCheck], images: Sequence[str], target: Target
) -> DockerEvidence:
    """Who answers is glanced at before anything is asked that costs much, and looked at when all answers are there."""
    asking, found = _Asking(machine_http.HttpSession(connection, seconds=SECONDS), target.happened), no_docker()
    found["opened"] = target.opened
    asking.get("/_ping", plain=True)
    if fault := connection.precheck():
        found["engine"] = {"seen": True, "fault": fault}
        return found
    for check in checks:
        asking.add(check, found)
    for name in images:
        asking.add_image(name, found)
    attestation = connection.attest(asking.folders)
    found["engine"] = {"seen": attestation.visible, "fault": attestation.fault}
    asking.settle(found, attestation)
    return found


class _Asking:
    """Asks the engine for what checks name, each thing once. Raises EngineError."""

    def __init__(self, session: machine_http.HttpSession, known: Sequence[EngineEvent]) -> None:
        """`known` is what happened before the engine was last started."""
        self._session, self._known = session, known
        self._raw: dict[str, dict[str, Any]] = {}  # of containers, by name
        self._folders: dict[str, frozenset[str]] = {}  # of images' layers, by name

    @property
    def folders(self) -> frozenset[str]:
        """All that are to be there."""
        return frozenset().union(*self._folders.values())

    def get(self, path: str, *, plain: bool = False) -> Any:
        """The answer's JSON; None for what is not there."""
        answer = self._session.get(path)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise EngineError(f"the machine's engine answered {answer.status} to {path}")
        return None if plain else answer.json()

    def add(self, check: DockerCheck, found: DockerEvidence) -> None:
        """What one check is about."""
        match check:
            case ContainerCheck():
                self._add_container(check, found)
            case ImageCheck():
                for name in filter(None, (check.name, check.base, check.differs_from)):
                    self.add_image(name, found)
            case NetworkCheck():
                found["network"][check.name] = shapes.network(self.get(f"/networks/{quote(check.name)}"))
            case VolumeCheck():
                found["volume"][check.name] = self.get(f"/volumes/{quote(check.name)}") is not None
                self._add_list(found)
            case ComposeCheck():
                self._add_list(found)
            case HistoryCheck():
                self._add_events(found)

    def _add_container(self, check: ContainerCheck, found: DockerEvidence) -> None:
        raw = self.get(f"/containers/{quote(check.name)}/json")
        found["container"][check.name] = shapes.container(raw, check.name)
        if raw:
            self._raw[check.name] = raw
        if check.image:
            self.add_image(check.image, found)

    def add_image(self, name: str, found: DockerEvidence) -> None:
        """An image, once."""
        if name in found["image"]:
            return
        raw = self.get(f"/images/{quote(name, safe='/:@')}/json")
        steps = self.get(f"/images/{quote(name, safe='/:@')}/history") if raw else None
        found["image"][name] = shapes.image(raw, steps)
        self._folders[name] = shapes.layer_folders(raw)

    def _add_list(self, found: DockerEvidence) -> None:
        if found["containers"] is None:
            found["containers"] = shapes.listed(self.get("/containers/json?all=1"))

    def _add_events(self, found: DockerEvidence) -> None:
        if found["events"] is None:
            told = history.read_events(self._session.get(history.events_path(found["opened"])))
            found["events"] = shapes.events(history.merge_history(self._known, told))

    def settle(self, found: DockerEvidence, attestation: PeerAttestation) -> None:
        """What the host sees of what the engine said."""
        if not attestation.visible or attestation.fault:
            return
        for name, raw in self._raw.items():
            container = found["container"][name]
            if container and container["state"] in ("running", "paused"):
                container["alive"] = shapes.is_alive(raw, attestation.roots)
        for name, folders in self._folders.items():
            image = found["image"][name]
            if image:
                image["whole"] = not folders & attestation.missing
