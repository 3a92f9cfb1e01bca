"""The Docker API's JSON as the evidence keeps it (https://docs.docker.com/reference/api/engine/version/v1.41/). Whoever
answered may have sent any JSON: what has another shape is an EngineError, texts are cut, and lists end somewhere."""

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
from checks.evidence.schema import clean_text
from sandboxes.docker_events.parser import EngineEvent
from sandboxes.errors import EngineError

TEXT_MAX = 1000
LIST_MAX = 200
CORE = 1_000_000_000  # nano-CPUs
ZERO_TIME = "0001-"


@contextlib.contextmanager
def _shaped() -> Iterator[None]:
    try:
        yield
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise EngineError(f"the machine's engine answered in another shape: {error!r}") from error


def container(raw: Any, name: str) -> ContainerEvidence | None:
    """Of /containers/{name}/json. One that was found by the beginning of its id is none of that name."""
    if raw is None:
        return None
    with _shaped():
        if raw["Name"] != f"/{name}":
            return None
        config, host, state, network = raw["Config"], raw["HostConfig"], raw["State"], raw["NetworkSettings"]
        return ContainerEvidence(
            id=_text(raw["Id"]),
            state=_text(state["Status"]),
            exit_code=int(state["ExitCode"]),
            image=_text(config["Image"]),
            image_id=_text(raw["Image"]),
            args=_texts([raw["Path"], *(raw["Args"] or ())]) if raw.get("Path") else [],
            ports=sorted({*_ports(network["Ports"]), *_ports(host["PortBindings"])}),
            env=_texts(config["Env"]),
            mounts=_mounts(raw["Mounts"]),
            networks=_texts(network["Networks"]),
            memory=int(host["Memory"]),
            cpus=_cpus(host),
            health=_text((state.get("Health") or {}).get("Status") or "none"),
            restart=_text(host["RestartPolicy"]["Name"] or "no"),
            alive=None,
        )


def is_alive(raw: Mapping[str, Any], roots: Mapping[int, str]) -> bool:
    """Whether the host sees the process that an inspected container claims, with the container's own files as its
    root."""
    with _shaped():
        driver = raw["GraphDriver"]
        upper = driver["Data"]["UpperDir"] if driver["Name"] == "overlay2" else None
        root = roots.get(int(raw["State"]["Pid"]))
        return root is not None and upper in (None, root)


def listed(raw: Any) -> list[ListedEvidence]:
    """Of /containers/json."""
    with _shaped():
        return [
            ListedEvidence(
                name=_text(row["Names"][0]).removeprefix("/"),
                state=_text(row["State"]),
                project=_text((row["Labels"] or {}).get("com.docker.compose.project", "")),
                service=_text((row["Labels"] or {}).get("com.docker.compose.service", "")),
                mounts=_mounts(row["Mounts"]),
            )
            for row in raw[:LIST_MAX]
        ]


def image(raw: Any, steps: Any) -> ImageEvidence | None:
    """Of /images/{name}/json and /images/{name}/history, which has the last step first."""
    if raw is None:
        return None
    with _shaped():
        config = raw["Config"] or {}
        return ImageEvidence(
            id=_text(raw["Id"]),
            created=_time(raw["Created"]),
            size=int(raw["Size"]),
            layers=_texts(raw["RootFS"].get("Layers")),
            user=_text(config.get("User") or ""),
            entrypoint=_texts(config.get("Entrypoint")),
            cmd=_texts(config.get("Cmd")),
            env=_texts(config.get("Env")),
            exposes=_texts(config.get("ExposedPorts")),
            steps=_texts([step["CreatedBy"] for step in reversed(steps or ())]),
            whole=None,
        )


def layer_folders(raw: Any) -> frozenset[str]:
    """Where the engine keeps an image's layers, as far as its storage driver says so."""
    if raw is None:
        return frozenset()
    with _shaped():
        data = raw["GraphDriver"]["Data"] or {}
        return frozenset(path for key in ("UpperDir", "LowerDir") for path in data.get(key, "").split(":") if path)


def network(raw: Any) -> NetworkEvidence | None:
    """Of /networks/{name}."""
    if raw is None:
        return None
    with _shaped():
        members = _texts([one["Name"] for one in (raw["Containers"] or {}).values()])
        return NetworkEvidence(driver=_text(raw["Driver"]), internal=bool(raw["Internal"]), members=sorted(members))


def events(found: Iterable[EngineEvent]) -> list[EventEvidence]:
    """What happened, the oldest first."""
    return [
        EventEvidence(kind=one.kind, at=one.at, subject=_text(one.subject), image=_text(one.image)) for one in found
    ]


def _text(value: Any) -> str:
    return clean_text(str(value))[:TEXT_MAX]


def _texts(values: Any) -> list[str]:
    """Of a list, or of an object's keys."""
    return [_text(value) for value in list(values or ())[:LIST_MAX]]


def _ports(bound: Any) -> Iterator[str]:
    """{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]} as "0.0.0.0:8080:80/tcp"."""
    for inner, outer in list((bound or {}).items())[:LIST_MAX]:
        for one in (outer or ())[:LIST_MAX]:
            if one["HostPort"]:
                yield f"{_text(one['HostIp'] or '0.0.0.0')}:{_text(one['HostPort'])}:{_text(inner)}"  # noqa: S104


def _mounts(raw: Any) -> list[MountEvidence]:
    return [
        MountEvidence(
            source=_text(one.get("Name") or one.get("Source") or ""),
            target=_text(one["Destination"]),
            writable=bool(one["RW"]),
        )
        for one in (raw or ())[:LIST_MAX]
    ]


def _cpus(host: Mapping[str, Any]) -> float:
    if host["NanoCpus"]:
        return int(host["NanoCpus"]) / CORE
    return int(host["CpuQuota"]) / int(host["CpuPeriod"]) if host["CpuQuota"] and host["CpuPeriod"] else 0.0


def _time(text: str) -> float:
    """Docker writes nanoseconds, of which Python reads microseconds; and the year 1 for never."""
    return 0.0 if text.startswith(ZERO_TIME) else datetime.fromisoformat(text).timestamp()
