"""What a Docker engine says, as evidence and as its API's JSON, with what does not matter filled
in."""

from typing import Any

from checks.evidence.docker_schema import (
    ContainerEvidence,
    DockerEvidence,
    EngineEvidence,
    EventEvidence,
    ImageEvidence,
    ListedEvidence,
    MountEvidence,
    NetworkEvidence,
    no_docker,
)
from checks.evidence.schema import Evidence
from tests.support.checks.evidence import WORDS, evidence

OPENED = 1_000_000.0
BASE, APP = "sha256:base", "sha256:app"


def new_check(check: Any, **fields: Any) -> Any:
    """A check of this model."""
    return check(**{"id": "it", "points": 4, **WORDS, **fields})


def docker(**sections: Any) -> Evidence:
    """Evidence of an engine that the host has seen to be genuine."""
    engine = EngineEvidence(seen=True, fault="")
    engine_evidence: DockerEvidence = {
        **no_docker(),
        "engine": engine,
        "opened": OPENED,
        **sections,
    }
    return evidence(docker=engine_evidence)


def container_seen(**fields: Any) -> ContainerEvidence:
    container: ContainerEvidence = {
        "id": "c1",
        "state": "running",
        "exit_code": 0,
        "image": "app:1",
        "image_id": APP,
        "args": ["sleep", "9"],
        "ports": ["0.0.0.0:8080:80/tcp", ":::8080:80/tcp"],
        "env": ["MODE=test", "PATH=/bin", "EMPTY="],
        "mounts": [MountEvidence(source="data", target="/data", writable=False)],
        "networks": ["bridge"],
        "memory": 64 * 1024**2,
        "cpus": 0.5,
        "health": "none",
        "restart": "no",
        "alive": True,
    }
    return {**container, **fields}  # type: ignore[typeddict-item]


def image_seen(**fields: Any) -> ImageEvidence:
    image: ImageEvidence = {
        "id": APP,
        "created": OPENED + 5,
        "size": 5_000_000,
        "layers": ["sha256:1", "sha256:2"],
        "user": "nobody",
        "entrypoint": [],
        "cmd": ["sleep", "9"],
        "env": ["MODE=test"],
        "exposes": ["80/tcp"],
        "steps": ["import", "/bin/sh -c touch /x"],
        "whole": True,
    }
    return {**image, **fields}  # type: ignore[typeddict-item]


def base_seen() -> ImageEvidence:
    return image_seen(id=BASE, layers=["sha256:1"], created=1.0)


def listed(
    name: str, state: str = "running", service: str = "", mounts: Any = (), project: str = "shop"
) -> ListedEvidence:
    return ListedEvidence(
        name=name, state=state, project=project, service=service, mounts=list(mounts)
    )


def network_seen(**fields: Any) -> NetworkEvidence:
    return {"driver": "bridge", "internal": False, "members": ["web"], **fields}  # type: ignore[typeddict-item]


def event(kind: str, subject: str, image: str = "", at: float = OPENED + 1) -> EventEvidence:
    return EventEvidence(kind=kind, at=at, subject=subject, image=image)
