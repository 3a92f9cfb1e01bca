"""Describe the evidence about a machine's Docker engine, the registry, and virtual machines.

Texts are cut to a length and lists to a number where they are gathered.
"""

from typing import TypedDict

from checks.evidence.packing import Bytes


class EngineEvidence(TypedDict):
    """Hold a sandboxes.engine.interface.PeerAttestation.

    `seen`: whether the host could see who answered; `fault`: why it is not the machine's own
    engine.
    """

    seen: bool
    fault: str


class MountEvidence(TypedDict):
    """Hold a mount; `source` is a volume's name, or a folder."""

    source: str
    target: str
    writable: bool


class ContainerEvidence(TypedDict):
    """Hold a container as its engine inspects it.

    `image` is as it was asked for, `image_id` what the container is made from; `ports` are as
    "127.0.0.1:8080:80/tcp"; `memory` is in bytes and `cpus` in cores, 0 for no limit. `alive`: the
    host sees its first process, in the container's own files; None where that could not be looked
    at, or it does not run.
    """

    id: str
    state: str
    exit_code: int
    image: str
    image_id: str
    args: list[str]
    ports: list[str]
    env: list[str]
    mounts: list[MountEvidence]
    networks: list[str]
    memory: int
    cpus: float
    health: str
    restart: str
    alive: bool | None


class ListedEvidence(TypedDict):
    """Hold a container in the engine's list; `project` and `service` are compose's labels."""

    name: str
    state: str
    project: str
    service: str
    mounts: list[MountEvidence]


class ImageEvidence(TypedDict):
    """Hold an image as its engine inspects it.

    `created` is in seconds since 1970; `layers` are digests; `steps` made it, the first one first;
    `whole`: all its layers' folders are there (None where the host could not be looked at).
    """

    id: str
    created: float
    size: int
    layers: list[str]
    user: str
    entrypoint: list[str]
    cmd: list[str]
    env: list[str]
    exposes: list[str]
    steps: list[str]
    whole: bool | None


class NetworkEvidence(TypedDict):
    """Hold a network; `members` are the names of running containers."""

    driver: str
    internal: bool
    members: list[str]


class EventEvidence(TypedDict):
    """Hold something that happened in the engine.

    `kind` as sandboxes.docker_events has it, or "container-exec"; `at` in seconds since 1970.
    """

    kind: str
    at: float
    subject: str
    image: str


class DockerEvidence(TypedDict):
    """Hold what the checks name, by name; None for what is not there.

    `containers` lists them all where that was needed; `events` are those since `opened`, when the
    machine was given to the student.
    """

    engine: EngineEvidence
    container: dict[str, ContainerEvidence | None]
    containers: list[ListedEvidence] | None
    image: dict[str, ImageEvidence | None]
    network: dict[str, NetworkEvidence | None]
    volume: dict[str, bool]
    events: list[EventEvidence] | None
    opened: float


class RegistryEvidence(TypedDict):
    """Hold what the registry has under one name and tag; `digest` is "" where there is nothing.

    `image_id` is the image's id in engines.
    """

    name: str
    digest: str
    image_id: str
    tags: list[str]


class EmulatorEvidence(TypedDict):
    """Hold the command line of a QEMU that runs."""

    args: str


class DiskEvidence(TypedDict):
    """Hold the first bytes of a file that may be a virtual disk; the rest as in FileEvidence."""

    kind: str
    size: int
    head: Bytes


class GuestAnswerEvidence(TypedDict):
    """Hold what the guest printed for a command."""

    ask: str
    said: Bytes
    truncated: bool


class GuestsEvidence(TypedDict):
    """Hold what is known of virtual machines.

    `running` is None when nobody asked; `seen`: whether QEMU's programs were compared with the
    image's. `disks` by path, `answers` by check id.
    """

    running: list[EmulatorEvidence] | None
    seen: bool
    disks: dict[str, DiskEvidence]
    answers: dict[str, GuestAnswerEvidence]


def no_docker() -> DockerEvidence:
    """Make a section with nothing in it yet."""
    return DockerEvidence(
        engine=EngineEvidence(seen=False, fault=""),
        container={},
        containers=None,
        image={},
        network={},
        volume={},
        events=None,
        opened=0.0,
    )


def no_guests() -> GuestsEvidence:
    """Make a section with nothing in it yet."""
    return GuestsEvidence(running=None, seen=False, disks={}, answers={})
