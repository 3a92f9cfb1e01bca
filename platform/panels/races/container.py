"""Start a container in a machine's own Docker engine, as `docker run` does."""

import secrets
import time
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from panels.errors import PanelError, PanelRefused, PanelUnavailable
from panels.machine import EngineSession, ObservedMachine
from panels.races.race import NAMES_MAX, Race
from panels.untrusted import items, record, text, whole
from sandboxes.errors import EngineError

# What is most like the guest's system comes first.
PREFERRED = ("debian", "ubuntu", "alpine", "busybox")
SECONDS = 30.0
ANSWER_SECONDS, POLL_SECONDS = 20.0, 0.02
# It says what kernel it runs on, and waits to be measured.
COMMAND = ("sh", "-c", "uname -r; exec sleep 60")


def race_container(machine: ObservedMachine, race: Race) -> None:
    """Run the race of a container. Raises PanelError, EngineError."""
    with machine.docker_session(seconds=SECONDS) as docker:
        image = choose_image(docker)
        race.begin()
        race.note(f"create a container of {image['name']}")
        body = {
            "Image": image["id"],
            "Cmd": COMMAND,
            "Tty": True,
            "Labels": {"drydock.race": "1"},
            "HostConfig": {"AutoRemove": True},
        }
        name = {"name": f"race-{secrets.token_hex(3)}"}
        created = record(docker.ask("/containers/create", name, method="POST", body=body))
        container_id = quote(text(created.get("Id"), 64), safe="")
        try:
            race.note("created: a layer to write into, and a description; nothing runs")
            docker.ask(f"/containers/{container_id}/start", method="POST")
            race.note("started: namespaces, a network, and process 1")
            kernel = first_line(docker, container_id)
            race.stop(kernel)
            race.note(f"it answers: {kernel}")
            race.note("no boot: the kernel was running all along")
            race.finish(**measure(machine, docker, container_id, image))
        finally:
            with suppress(PanelError, EngineError):
                docker.ask(f"/containers/{container_id}", {"force": 1}, method="DELETE")


def choose_image(docker: EngineSession) -> dict[str, Any]:
    """Return {"id", "name", "size"} of the image to start. Raises PanelRefused without any."""
    images = []
    for row in items(docker.ask("/images/json"), 500):
        image = record(row)
        for tag in items(image.get("RepoTags"), 20):
            name = text(tag)
            if text(image.get("Id")) and not name.startswith("<none>"):
                size = whole(image.get("Size"))
                images.append({"id": text(image.get("Id"), 71), "name": name, "size": size})
    if not images:
        raise PanelRefused(_("Your Docker engine has no image to start: pull or build one first."))
    return min(images, key=lambda image: (rank(str(image["name"])), image["size"]))


def rank(name: str) -> int:
    """Return an image's place among those that are preferred."""
    base = name.rpartition("/")[2].partition(":")[0]
    return PREFERRED.index(base) if base in PREFERRED else len(PREFERRED)


def first_line(docker: EngineSession, container_id: str) -> str:
    """Wait for what the container prints first. Raises PanelUnavailable when nothing comes."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while time.monotonic() < deadline:
        response = docker.ask_raw(f"/containers/{container_id}/logs", {"stdout": 1, "tail": 1})
        line, end, _rest = response.body.partition(b"\n")
        if end:
            return text(line.decode(errors="replace").strip(), 64)
        time.sleep(POLL_SECONDS)
    raise PanelUnavailable(_("The container has started, and says nothing."))


def measure(
    machine: ObservedMachine, docker: EngineSession, container_id: str, image: dict[str, Any]
) -> dict[str, Any]:
    """Measure a running container: by its processes, as the host sees them."""
    facts = record(docker.ask(f"/containers/{container_id}/json", {"size": 1}))
    pid = whole(record(facts.get("State")).get("Pid"))
    tree = machine.engine.process_tree(machine.container_id)
    depth = tree.depth
    init = next(
        (each for each in tree.processes if each.numbers[depth : depth + 1] == (pid,)), None
    )
    inner = [
        each
        for each in tree.processes
        if init is not None and each.namespaces.get("pid") == init.namespaces.get("pid")
    ]
    return {
        "image": image["name"],
        "memory": sum(each.resident_bytes for each in inner) if inner else None,
        "disk": whole(facts.get("SizeRw")),
        "disk_shared": image["size"],
        "processes": len(inner) if inner else None,
        "names": [f"{each.numbers[-1]} {each.command or each.name}" for each in inner[:NAMES_MAX]],
        "threads": 0,
    }
