"""The sections of the evidence document about a machine's Docker engine, the registry, and virtual machines. Texts are
cut to a length and lists to a number where they are gathered (evidence/docker.py)."""

from typing import TypedDict

# Bytes as document.Bytes packs them.
Bytes = dict[str, str]


class EngineEvidence(TypedDict):
    """sandboxes.engine.interface.PeerAttestation: whether the host could see who answered, and why it is not the machine's own engine."""

    seen: bool
    fault: str


class MountEvidence(TypedDict):
    """`source` is a volume's name, or a folder."""

    source: str
    target: str
    writable: bool


class ContainerEvidence(TypedDict):
    """A container as its engine inspects it. `image` as it was asked for, `image_id` what it is made from; `ports` as
    "127.0.0.1:8080:80/tcp"; `memory` in bytes and `cpus` in cores, 0 for no limit. `alive`: the host sees its first
    process, in the container's own files; None where that could not be looked at, or it does not run."""

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
    """A container in the engine's list; `project` and `service` are compose's labels."""

    name: str
    state: str
    project: str
    service: str
    mounts: list[MountEvidence]


class ImageEvidence(TypedDict):
    """An image as its engine inspects it. `created` in seconds since 1970; `layers` are digests; `steps` made it, the
    first one first; `whole`: all its layers' folders are there (None where the host could not be looked at)."""

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
    """`members` are the names of running containers."""

    driver: str
    internal: bool
    members: list[str]


class EventEvidence(TypedDict):
    """Something that happened in the engine; `kind` as machine_events.MachineEvent has it, or "container-exec"."""

    kind: str
    at: float
    subject: str
    image: str


class DockerEvidence(TypedDict):
    """What the checks name, by name; None for what is not there. `containers` lists them all where that was needed,
    `events` are those since the machine was given to the student."""

    engine: EngineEvidence
    container: dict[str, ContainerEvidence | None]
    containers: list[ListedEvidence] | None
    image: dict[str, ImageEvidence | None]
    network: dict[str, NetworkEvidence | None]
    volume: dict[str, bool]
    events: list[EventEvidence] | None
    opened: float


class RegistryEvidence(TypedDict):
    """What the registry has under one name and tag; `digest` "" when nothing. `image_id` is the image's id in
    engines."""

    name: str
    digest: str
    image_id: str
    tags: list[str]


class EmulatorEvidence(TypedDict):
    """A QEMU that runs: its command line."""

    args: str


class DiskEvidence(TypedDict):
    """A file that may be a virtual disk: `kind` and `size` as FileEvidence, and its first bytes."""

    kind: str
    size: int
    head: Bytes


class AnswerEvidence(TypedDict):
    """What the guest printed for a command."""

    ask: str
    said: Bytes
    truncated: bool


class GuestsEvidence(TypedDict):
    """`running`: None when nobody asked; `seen`: whether QEMU's programs were compared with the image's. `disks` by
    path, `answers` by check id."""

    running: list[EmulatorEvidence] | None
    seen: bool
    disks: dict[str, DiskEvidence]
    answers: dict[str, AnswerEvidence]


def no_docker() -> DockerEvidence:
    """Nothing yet."""
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
    """Nothing yet."""
    return GuestsEvidence(running=None, seen=False, disks={}, answers={})
