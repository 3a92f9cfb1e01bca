"""What people type into a terminal stands in no log, not even at DEBUG."""

import uuid
from collections.abc import Iterator

import docker
import pytest

from tests.conftest import labelled, remove_labelled
from tests.live import LiveStudent
from tests.running import RunningPlatform


@pytest.fixture
def talkative(docker_url: str, docker_client: docker.DockerClient) -> Iterator[RunningPlatform]:
    """A platform of its own that logs all it can, as JSON."""
    name = f"drydock-log-{uuid.uuid4().hex[:8]}"
    wanted = {"DRYDOCK_LOG_LEVEL": "DEBUG", "DRYDOCK_LOG_FORMAT": "json"}
    platform = RunningPlatform(docker_url, name, wanted)
    platform.start()
    yield platform
    platform.stop()
    leaked = labelled(docker_client, name)
    remove_labelled(docker_client, name)
    platform.remove_folder()
    assert leaked == []


@pytest.mark.timeout(300)
@pytest.mark.stack
def test_no_log_holds_what_was_typed(talkative: RunningPlatform) -> None:
    student = LiveStudent(talkative.base_url, "student", talkative.password)
    sandbox = student.ready_sandbox()
    terminal = student.terminal(sandbox)
    secret = f"pass{uuid.uuid4().hex}"
    terminal.run(f"echo {secret} > /root/kept")
    terminal.reconnect()
    assert secret in terminal.run("cat /root/kept")
    terminal.close()
    student.end_sandbox(sandbox["id"])
    talkative.stop()
    logs = {file.name: file.read_text(errors="replace") for file in talkative.stack.layout.logs.iterdir()}
    assert sandbox["id"] in logs["web.log"], "the request log names the sandbox"
    assert [name for name, text in logs.items() if secret in text or secret[:20] in text] == []
