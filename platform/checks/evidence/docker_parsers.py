"""Parse the Docker API's JSON into what the evidence keeps.

https://docs.docker.com/reference/api/engine/version/v1.41/ has the shapes. Whoever answered may
have sent any JSON: what has another shape is an EngineError, texts are cut, and lists end
somewhere.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from checks.evidence.docker_schema import (
    ContainerEvidence,
    EventEvidence,
    ImageEvidence,
    ListedEvidence,
    MountEvidence,
    NetworkEvidence,
)
from core.specs.outcomes import clean_text
from sandboxes.docker_events.parser import EngineEvent
from sandboxes.errors import EngineError

TEXT_MAX = 1000
LIST_MAX = 200
CORE = 1_000_000_000  # nano-CPUs
ZERO_TIME = "0001-"


@contextlib.contextmanager
def expected_shape() -> Iterator[None]:
    """Turn the errors of reading another shape into EngineError."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise EngineError(f"the machine's engine answered in another shape: {error!r}") from error


def parse_container(raw: Any, name: str) -> ContainerEvidence | None:
    """Parse /containers/{name}/json.

    A container that was found by the beginning of its id is none of that name.
    """
    if raw is None:
        return None
    with expected_shape():
        if raw["Name"] != f"/{name}":
            return None
        config, host, state, network = (
            raw["Config"],
            raw["HostConfig"],
            raw["State"],
            raw["NetworkSettings"],
        )
        return ContainerEvidence(
            id=text_of(raw["Id"]),
            state=text_of(state["Status"]),
            exit_code=int(state["ExitCode"]),
            image=text_of(config["Image"]),
            image_id=text_of(raw["Image"]),
            args=texts_of([raw["Path"], *(raw["Args"] or ())]) if raw.get("Path") else [],
            ports=sorted({*ports_of(network["Ports"]), *ports_of(host["PortBindings"])}),
            env=texts_of(config["Env"]),
            mounts=mounts_of(raw["Mounts"]),
            networks=texts_of(network["Networks"]),
            memory=int(host["Memory"]),
            cpus=cpus_of(host),
            health=text_of((state.get("Health") or {}).get("Status") or "none"),
            restart=text_of(host["RestartPolicy"]["Name"] or "no"),
            alive=None,
        )


def is_alive(raw: Mapping[str, Any], roots: Mapping[int, str]) -> bool:
    """Whether the host sees the process that a container claims, rooted in its own files."""
    with expected_shape():
        driver = raw["GraphDriver"]
        upper = driver["Data"]["UpperDir"] if driver["Name"] == "overlay2" else None
        root = roots.get(int(raw["State"]["Pid"]))
        return root is not None and upper in (None, root)


def parse_containers(raw: Any) -> list[ListedEvidence]:
    """Parse /containers/json."""
    with expected_shape():
        return [
            ListedEvidence(
                name=text_of(row["Names"][0]).removeprefix("/"),
                state=text_of(row["State"]),
                project=text_of((row["Labels"] or {}).get("com.docker.compose.project", "")),
                service=text_of((row["Labels"] or {}).get("com.docker.compose.service", "")),
                mounts=mounts_of(row["Mounts"]),
            )
            for row in raw[:LIST_MAX]
        ]


def parse_image(raw: Any, steps: Any) -> ImageEvidence | None:
    """Parse /images/{name}/json and /images/{name}/history, which has the last step first."""
    if raw is None:
        return None
    with expected_shape():
        config = raw["Config"] or {}
        return ImageEvidence(
            id=text_of(raw["Id"]),
            created=seconds_of(raw["Created"]),
            size=int(raw["Size"]),
            layers=texts_of(raw["RootFS"].get("Layers")),
            user=text_of(config.get("User") or ""),
            entrypoint=texts_of(config.get("Entrypoint")),
            cmd=texts_of(config.get("Cmd")),
            env=texts_of(config.get("Env")),
            exposes=texts_of(config.get("ExposedPorts")),
            steps=texts_of([step["CreatedBy"] for step in reversed(steps or ())]),
            whole=None,
        )


def layer_folders(raw: Any) -> frozenset[str]:
    """Find where the engine keeps an image's layers, as far as its storage driver says so."""
    if raw is None:
        return frozenset()
    with expected_shape():
        data = raw["GraphDriver"]["Data"] or {}
        folders = [data.get(key, "").split(":") for key in ("UpperDir", "LowerDir")]
        return frozenset(path for group in folders for path in group if path)


def parse_network(raw: Any) -> NetworkEvidence | None:
    """Parse /networks/{name}."""
    if raw is None:
        return None
    with expected_shape():
        members = texts_of([member["Name"] for member in (raw["Containers"] or {}).values()])
        return NetworkEvidence(
            driver=text_of(raw["Driver"]),
            internal=bool(raw["Internal"]),
            members=sorted(members),
        )


def parse_events(events: Iterable[EngineEvent]) -> list[EventEvidence]:
    """Turn events into evidence, the oldest first."""
    return [
        EventEvidence(
            kind=event.kind, at=event.at, subject=text_of(event.subject), image=text_of(event.image)
        )
        for event in events
    ]


def text_of(value: Any) -> str:
    """Cut what should be a text."""
    return clean_text(str(value))[:TEXT_MAX]


def texts_of(values: Any) -> list[str]:
    """Cut the texts of a list, or an object's keys."""
    return [text_of(value) for value in list(values or ())[:LIST_MAX]]


def ports_of(bound: Any) -> Iterator[str]:
    """Turn {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]} into "0.0.0.0:8080:80/tcp"."""
    for inner, outer in list((bound or {}).items())[:LIST_MAX]:
        for binding in (outer or ())[:LIST_MAX]:
            if binding["HostPort"]:
                address = text_of(binding["HostIp"] or "0.0.0.0")  # noqa: S104
                yield f"{address}:{text_of(binding['HostPort'])}:{text_of(inner)}"


def mounts_of(raw: Any) -> list[MountEvidence]:
    return [
        MountEvidence(
            source=text_of(mount.get("Name") or mount.get("Source") or ""),
            target=text_of(mount["Destination"]),
            writable=bool(mount["RW"]),
        )
        for mount in (raw or ())[:LIST_MAX]
    ]


def cpus_of(host: Mapping[str, Any]) -> float:
    if host["NanoCpus"]:
        return int(host["NanoCpus"]) / CORE
    return (
        int(host["CpuQuota"]) / int(host["CpuPeriod"])
        if host["CpuQuota"] and host["CpuPeriod"]
        else 0.0
    )


def seconds_of(text: str) -> float:
    """Return seconds since 1970; 0 for never, for which Docker writes the year 1."""
    return 0.0 if text.startswith(ZERO_TIME) else datetime.fromisoformat(text).timestamp()
