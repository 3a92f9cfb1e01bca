"""Judges of containers and of compose projects."""

from collections.abc import Iterator, Sequence

from checks.evidence.docker_schema import ContainerEvidence, DockerEvidence, MountEvidence
from checks.evidence.schema import Evidence
from checks.judges.base import Finding, printable, quoted
from checks.judges.nested import docker_of, fake_engine, not_looked_at, with_tag
from checks.judges.parts import Part, finding
from checks.specs import ComposeCheck, ContainerCheck, size_bytes

STATES = {
    "running": "runs",
    "exited": "has ended",
    "paused": "is paused",
    "created": "was made and never started",
    "restarting": "is being started again and again",
    "dead": "could not be removed",
}
SHOWN = 5


def judge_container(check: ContainerCheck, evidence: Evidence) -> Finding:
    docker, what = docker_of(evidence), f"a container {check.name}"
    expected = f"no container {check.name}" if check.state == "absent" else what
    if fake := fake_engine(docker, expected):
        return fake
    if check.name not in docker["container"]:
        raise not_looked_at(check)
    container = docker["container"][check.name]
    if check.state == "absent":
        found = f"it {STATES.get(container['state'], container['state'])}" if container else "none"
        return Finding(passed=container is None, expected=expected, found=found)
    if container is None:
        return Finding(passed=False, expected=expected, found="no container of that name")
    return finding(what, list(_parts(check, container, docker)))


def _parts(check: ContainerCheck, container: ContainerEvidence, docker: DockerEvidence) -> Iterator[Part]:
    yield _state(check, container)
    if check.image:
        yield _image(check.image, container, docker)
    if check.args:
        wanted, found = " ".join(check.args), " ".join(container["args"])
        yield Part(list(check.args) == container["args"], f"runs {quoted(wanted)}", f"was made to run {quoted(found)}")
    yield from _ports(check.ports, container["ports"])
    yield from variables(check.env, container["env"])
    yield from (_mount(wanted, container["mounts"]) for wanted in check.mounts)
    yield from (_network(name, container["networks"]) for name in check.networks)
    yield from _limits(check, container)
    yield from _upkeep(check, container)


def _state(check: ContainerCheck, container: ContainerEvidence) -> Part:
    wanted, now = STATES[check.state], STATES.get(container["state"], printable(container["state"]))
    if check.ended_with is not None:
        wanted = f"has ended with exit code {check.ended_with}"
    if container["state"] == "exited":
        now = f"has ended with exit code {container['exit_code']}"
    if container["alive"] is False:
        return Part(holds=False, wanted=wanted, found="is said to run, but its process can't be found")
    same = container["state"] == check.state and check.ended_with in (None, container["exit_code"])
    return Part(same, wanted, now)


def _image(name: str, container: ContainerEvidence, docker: DockerEvidence) -> Part:
    """By id: a container that is older than the image which has the name now is not made from that."""
    image, used = docker["image"].get(name), container["image"]
    found = f"was made from {quoted(used)}"
    if image and image["id"] != container["image_id"] and with_tag(used) == with_tag(name):
        found = f"was made from what was called {name} before, and not from the image that has the name now"
    return Part(image is not None and image["id"] == container["image_id"], f"was made from the image {name}", found)


def _ports(wanted: Sequence[str], published: Sequence[str]) -> Iterator[Part]:
    shown = ", ".join(published[:SHOWN])
    for port in wanted:
        found = f"publishes {quoted(shown)}" if published else "publishes no port"
        yield Part(any(_fits(port, one) for one in published), f"publishes {port}", found)


def _fits(wanted: str, published: str) -> bool:
    """Whether "8080:80" is among "0.0.0.0:8080:80/tcp" and its like. Addresses may be IPv6's, with colons of their
    own."""
    ports, _, protocol = wanted.partition("/")
    host, outer, inner = ["", "", *ports.split(":")][-3:]
    address, found_outer, found_inner = published.rsplit(":", 2)
    return found_inner == f"{inner}/{protocol or 'tcp'}" and outer in ("", found_outer) and host in ("", address)


def variables(wanted: Sequence[str], there: Sequence[str]) -> Iterator[Part]:
    """A part for each variable of an environment."""
    values = dict(one.partition("=")[::2] for one in there)
    for variable in wanted:
        name, given, value = variable.partition("=")
        has = f"has {name} set to {quoted(values[name])}" if name in values else f"has no variable {name}"
        holds = name in values and (not given or values[name] == value)
        yield Part(holds, f"has {variable} in its environment", has)


def _mount(wanted: str, mounts: Sequence[MountEvidence]) -> Part:
    text, _, mode = wanted.rpartition(":") if wanted.endswith((":ro", ":rw")) else (wanted, "", "")
    source, _, target = text.rpartition(":")
    there = next((mount for mount in mounts if mount["target"] == target), None)
    if there is None:
        return Part(holds=False, wanted=f"has {wanted} mounted", found=f"has nothing mounted at {target}")
    now = f"has {quoted(there['source'])} mounted at {target}, {'writable' if there['writable'] else 'read-only'}"
    holds = source in ("", there["source"]) and mode in ("", "rw" if there["writable"] else "ro")
    return Part(holds, f"has {wanted} mounted", now)


def _network(name: str, networks: Sequence[str]) -> Part:
    shown = ", ".join(networks[:SHOWN])
    return Part(
        name in networks, f"is in the network {name}", f"is in the network {quoted(shown)}" if shown else "is in none"
    )


def _limits(check: ContainerCheck, container: ContainerEvidence) -> Iterator[Part]:
    if check.memory:
        now = f"may use {container['memory']} bytes" if container["memory"] else "has no limit of memory"
        yield Part(container["memory"] == size_bytes(check.memory), f"may use {check.memory} of memory", now)
    if check.cpus:
        now = f"may use {container['cpus']:g} processors" if container["cpus"] else "has no limit of processors"
        yield Part(abs(container["cpus"] - check.cpus) < 1e-6, f"may use {check.cpus:g} processors", now)


def _upkeep(check: ContainerCheck, container: ContainerEvidence) -> Iterator[Part]:
    if check.health:
        healths = {"none": "has no health check", "starting": "has a health check that has not found anything yet"}
        words = {name: healths.get(name, f"is {printable(name)}") for name in (check.health, container["health"])}
        yield Part(container["health"] == check.health, words[check.health], words[container["health"]])
    if check.restart:
        now = f"has the restart policy {printable(container['restart'])}"
        yield Part(container["restart"] == check.restart, f"has the restart policy {check.restart}", now)


def judge_compose(check: ComposeCheck, evidence: Evidence) -> Finding:
    docker, what = docker_of(evidence), f"a compose project {check.project}"
    if fake := fake_engine(docker, what):
        return fake
    if docker["containers"] is None:
        raise not_looked_at(check)
    mine = [one for one in docker["containers"] if one["project"] == check.project]
    if not mine:
        return Finding(passed=False, expected=what, found="no container of such a project")
    running = {one["service"] for one in mine if one["state"] == "running"}
    known = {one["service"] for one in mine}
    return finding(what, [_service(name, running, known) for name in check.services])


def _service(name: str, running: set[str], known: set[str]) -> Part:
    now = f"has a service {name} that does not run" if name in known else f"has no service {name}"
    return Part(name in running, f"has {name} running", now)
