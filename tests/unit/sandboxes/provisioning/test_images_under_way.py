"""Who asks for a machine whose image is being built waits, and gets it; when nobody builds it the
sandbox fails."""

from pathlib import Path
from typing import Any

import pytest

from sandboxes import lifecycle, reasons
from sandboxes.engine.facts import ImageFact
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.machine_types.docker import DOCKER_SOCKET
from sandboxes.models import Sandbox
from sandboxes.provisioning import provisioner
from sandboxes.provisioning.image_builds import building, is_being_built
from tests.support.factories import UserFactory

DOCKER = [{"name": "box", "kind": "docker"}]


@pytest.fixture(autouse=True)
def _own_var(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def requested_sandbox(fake: FakeEngine, worker: Any) -> Sandbox:
    user = UserFactory(username="ada")
    fake.answers[DOCKER_SOCKET] = b"HTTP/1.0 200 OK\r\n\r\nOK"
    return lifecycle.request_sandbox(user=user, lesson_key="course/lesson", machines=DOCKER)


def test_it_is_said_only_while_it_is_built() -> None:
    assert not is_being_built("docker")
    with building(["docker"]):
        assert is_being_built("docker")
        assert not is_being_built("linux")
    assert not is_being_built("docker")


def test_a_builder_that_died_builds_nothing(tmp_path: Path) -> None:
    (tmp_path / "images-under-way.json").write_text('{"pid": 4194305, "images": ["docker"]}')
    assert not is_being_built("docker")


def test_a_student_waits_for_it_and_is_let_in(
    requested_sandbox: Sandbox, fake: FakeEngine, worker: Any
) -> None:
    with building(["docker"]):
        worker.drain()
        requested_sandbox.refresh_from_db()
        assert (requested_sandbox.state, requested_sandbox.reason) == (
            Sandbox.State.REQUESTED,
            reasons.IMAGE_UNDER_WAY,
        )
        fake.images["drydock/docker:latest"] = ImageFact("sha256:docker-1", 600)
    provisioner.provision_sandbox(requested_sandbox)
    worker.drain()
    requested_sandbox.refresh_from_db()
    assert requested_sandbox.state == Sandbox.State.READY


def test_an_image_that_nobody_builds_fails_the_sandbox(
    requested_sandbox: Sandbox, worker: Any
) -> None:
    worker.drain()
    requested_sandbox.refresh_from_db()
    assert (requested_sandbox.state, requested_sandbox.reason) == (
        Sandbox.State.FAILED,
        reasons.NO_IMAGE,
    )
