"""A student's machine on a real engine, for the tests that try to cheat."""

import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker

from curriculum.checkspec import CheckSpec
from grading.checks import CheckResult, evaluate_all
from grading.evidence import Target, collect
from sandboxes.docker_engine import DockerEngine
from sandboxes.engine import MachineSpec
from sandboxes.limits import LINUX
from tests.grading.checker_box import build

IDLE = ("/.drydock/busybox", "sleep", "3600")
IMAGES = ("drydock/linux:latest", "linux:t", "debian:bookworm-slim")


def make_tools(folder: Path) -> Path:
    """A folder of tools as `manage.py images` makes it, without the PTY server."""
    build(folder, "/.drydock/busybox")
    shutil.copy(shutil.which("busybox") or "", folder / "busybox")
    return folder


@dataclass
class Box:
    """One machine; `run` is the student's shell in it."""

    engine: DockerEngine
    client: Any
    container_id: str

    def run(self, script: str) -> str:
        """What a script prints, run by the student as root."""
        done = self.client.containers.get(self.container_id).exec_run(["/bin/bash", "-c", script], user="root")
        return str(done.output.decode())

    def leave_running(self, script: str) -> None:
        """Start a script that stays."""
        self.client.containers.get(self.container_id).exec_run(["/bin/bash", "-c", script], user="root", detach=True)
        time.sleep(0.3)

    def grade(self, *checks: CheckSpec) -> list[CheckResult]:
        """The results of these checks. Raises EvidenceMissing."""
        target = Target(container_id=self.container_id, image="test")
        return evaluate_all(checks, collect(checks=checks, target=target, engine=self.engine))


@dataclass
class Boxes:
    """Makes machines under a label of their own and removes them."""

    engine: DockerEngine
    client: Any
    image: str
    image_bytes: int

    def make(self) -> Box:
        """A new running machine."""
        spec = MachineSpec(
            machine_id=str(uuid.uuid4()),
            kind="linux",
            image=self.image,
            hostname="box",
            limits=LINUX,
            transport="exec",
            tools="yes",
            image_bytes=self.image_bytes,
            command=IDLE,
        )
        handle = self.engine.create_machine(spec)
        self.engine.start_machine(handle.container_id)
        return Box(self.engine, self.client, handle.container_id)

    def sweep(self) -> None:
        """Remove everything that this one's machines left on the engine."""
        for owned in self.engine.find_owned():
            if owned.kind in ("snapshot", "probe"):
                self.engine.remove_leftover(owned)
            else:
                self.engine.remove_machine(owned.machine_id)


def open_boxes(docker_url: str, folder: Path) -> Boxes:
    """Raises docker.errors.DockerException when no engine answers or it has none of the images."""
    installation = f"drydock-test-{uuid.uuid4().hex[:8]}"
    client = docker.DockerClient(base_url=docker_url)
    client.ping()
    engine = DockerEngine(
        docker_url, installation=installation, sockets_dir=folder / "sockets", tools_dir=make_tools(folder)
    )
    tags = {tag for image in client.images.list() for tag in image.tags}
    tag = next((tag for tag in IMAGES if tag in tags), None)
    if tag is None:
        raise docker.errors.ImageNotFound(f"none of {IMAGES}")
    return Boxes(engine, client, tag, engine.image(tag).size_bytes)


def close_boxes(boxes: Boxes) -> None:
    """Remove machines, the volume of tools and the empty image that carried it."""
    boxes.sweep()
    installation = boxes.engine._installation
    for volume in boxes.client.volumes.list(filters={"name": f"{installation}-tools"}):
        volume.remove(force=True)
    for image in boxes.client.images.list(name=f"{installation}/empty"):
        boxes.client.images.remove(image.id, force=True)
