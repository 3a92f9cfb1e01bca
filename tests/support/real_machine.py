"""A student's machine on a real engine, for the tests that try to cheat."""

import time
import uuid
from dataclasses import dataclass
from typing import Any

from checks.evidence.collector import collect
from checks.evidence.tasks import Subject
from checks.registry import CheckSpec
from checks.results import CheckResult, evaluate_all
from core.archives import pack_tar
from sandboxes.engine.facts import MachineSpec
from sandboxes.engine.interface import SandboxEngine
from sandboxes.engine.limits import LINUX
from sandboxes.provisioning.boot import machine_spec, make_and_start

IDLE = ("/.drydock/busybox", "sleep", "3600")


@dataclass
class Box:
    """One machine; `run` is the student's shell in it."""

    engine: SandboxEngine
    client: Any
    container_id: str

    def run(self, script: str) -> str:
        """What a script prints, run by the student as root."""
        done = self.client.containers.get(self.container_id).exec_run(
            ["/bin/bash", "-c", script], user="root"
        )
        return str(done.output.decode())

    def put(self, path: str, content: bytes) -> None:
        """Write a file into the machine, as `docker cp` does."""
        self.client.api.put_archive(self.container_id, "/", pack_tar({path: (content, 0o755)}))

    def leave_running(self, script: str) -> None:
        """Start a script that stays."""
        self.client.containers.get(self.container_id).exec_run(
            ["/bin/bash", "-c", script], user="root", detach=True
        )
        time.sleep(0.3)

    def grade(self, *checks: CheckSpec) -> list[CheckResult]:
        """The results of these checks. Raises EvidenceMissing."""
        subject = Subject(container_id=self.container_id, image="test")
        return evaluate_all(checks, collect(checks=checks, subject=subject, engine=self.engine))


class Boxes:
    """Makes machines of one image and removes them again."""

    def __init__(self, engine: SandboxEngine, client: Any, tag: str) -> None:
        self.engine = engine
        self.client = client
        self.image = engine.image(tag)
        self.made: list[str] = []

    def make_kind(self, kind: str) -> Box:
        """A new machine of the image's kind, ready as students get it."""
        machine_id = str(uuid.uuid4())
        self.made.append(machine_id)
        spec = machine_spec(
            kind, machine_id=machine_id, image=self.image, transport="exec", hostname="box"
        )
        return Box(self.engine, self.client, make_and_start(self.engine, spec).container_id)

    def make(self) -> Box:
        """A new running machine."""
        spec = MachineSpec(
            machine_id=str(uuid.uuid4()),
            kind="linux",
            image=self.image.id,
            hostname="box",
            limits=LINUX,
            transport="exec",
            image_bytes=self.image.size_bytes,
            command=IDLE,
        )
        self.made.append(spec.machine_id)
        handle = self.engine.create_machine(spec)
        self.engine.start_machine(handle.container_id)
        return Box(self.engine, self.client, handle.container_id)

    def sweep(self) -> None:
        """Remove what was made, and see that probes have removed themselves."""
        while self.made:
            self.engine.remove_machine(self.made.pop())
        assert self.wait_for_probes()

    def wait_for_probes(self, seconds: float = 40.0) -> bool:
        """Whether no copy of a machine is left; the last ones may be on their way out."""
        end = time.monotonic() + seconds
        while any(owned.kind in ("snapshot", "probe") for owned in self.engine.find_owned()):
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True
