"""Judges of networks, volumes, and of what happened in a machine's engine."""

from collections.abc import Iterator

from checks.evidence.docker_schema import DockerEvidence, EventEvidence, NetworkEvidence
from checks.evidence.schema import Evidence
from checks.judges import patterns
from checks.judges.base import Finding, printable, quoted
from checks.judges.nested import docker_of, fake_engine, not_looked_at, with_tag
from checks.judges.parts import Part, finding
from checks.specs import HistoryCheck, NetworkCheck, VolumeCheck

HAPPENED = {
    "container-created": "a container was made",
    "container-started": "a container was started",
    "container-exec": "a command was run in a container that ran already",
    "container-died": "a container ended",
    "container-removed": "a container was removed",
    "image-pulled": "an image was pulled",
    "image-pushed": "an image was pushed",
    "image-tagged": "an image was given a name",
    "image-loaded": "an image was loaded",
    "image-removed": "an image was removed",
    "network-created": "a network was made",
    "network-removed": "a network was removed",
    "volume-created": "a volume was made",
    "volume-removed": "a volume was removed",
}


def judge_network(check: NetworkCheck, evidence: Evidence) -> Finding:
    docker, what = docker_of(evidence), f"a network {check.name}"
    if fake := fake_engine(docker, what):
        return fake
    if check.name not in docker["network"]:
        raise not_looked_at(check)
    network = docker["network"][check.name]
    if network is None:
        return Finding(passed=False, expected=what, found="no network of that name")
    return finding(what, list(_network_parts(check, network)))


def _network_parts(check: NetworkCheck, network: NetworkEvidence) -> Iterator[Part]:
    if check.driver:
        now = f"has the driver {quoted(network['driver'])}"
        yield Part(network["driver"] == check.driver, f"has the driver {check.driver}", now)
    if check.internal is not None:
        words = {True: "has no way out (internal)", False: "has a way out"}
        yield Part(network["internal"] == check.internal, words[check.internal], words[network["internal"]])
    for name in check.members:
        yield Part(name in network["members"], f"has {name} in it, running", f"does not have {name} in it, running")


def judge_volume(check: VolumeCheck, evidence: Evidence) -> Finding:
    docker, what = docker_of(evidence), f"a volume {check.name}"
    if fake := fake_engine(docker, what):
        return fake
    if check.name not in docker["volume"]:
        raise not_looked_at(check)
    if not docker["volume"][check.name]:
        return Finding(passed=False, expected=what, found="no volume of that name")
    wanted = f"is mounted{f' at {check.used_at}' if check.used_at else ''} in {check.used_by or 'a container'}"
    if check.used_by is None and check.used_at is None:
        return Finding(passed=True, expected=what, found="it is there")
    places = [f"{name} at {path}" for name, path in _places(check, docker)]
    fits = any(check.used_by in (None, name) and check.used_at in (None, path) for name, path in _places(check, docker))
    now = f"is mounted in {quoted(', '.join(places[:5]))}" if places else "is mounted in no container"
    return finding(what, [Part(fits, wanted, now)])


def _places(check: VolumeCheck, docker: DockerEvidence) -> Iterator[tuple[str, str]]:
    """Which containers have it, and where."""
    for container in docker["containers"] or ():
        for mount in container["mounts"]:
            if mount["source"] == check.name:
                yield container["name"], mount["target"]


def judge_history(check: HistoryCheck, evidence: Evidence) -> Finding:
    docker, expected = docker_of(evidence), _expected(check)
    if fake := fake_engine(docker, expected):
        return fake
    if docker["events"] is None:
        raise not_looked_at(check)
    kind = [event for event in docker["events"] if event["kind"] == check.event and event["at"] >= docker["opened"]]
    fitting = [event for event in kind if _fits(check, event)]
    return Finding(passed=len(fitting) >= check.times, expected=expected, found=_found(fitting, kind))


def _fits(check: HistoryCheck, event: EventEvidence) -> bool:
    named = check.subject is None or patterns.found(check.subject, event["subject"])
    return named and (check.image is None or with_tag(check.image) == with_tag(event["image"]))


def _expected(check: HistoryCheck) -> str:
    times = f", {check.times} times at least" if check.times > 1 else ""
    subject = f", of a name that matches {printable(check.subject)}" if check.subject else ""
    image = f", of the image {check.image}" if check.image else ""
    return f"{HAPPENED[check.event]} since the machine is yours{subject}{image}{times}"


def _found(fitting: list[EventEvidence], kind: list[EventEvidence]) -> str:
    if fitting:
        return f"{len(fitting)} of them, the last {quoted(fitting[-1]['subject'])}"
    if kind:
        return f"{len(kind)} others, the last {quoted(kind[-1]['subject'])}"
    return "nothing of the kind, as far as the machine's engine remembers"
