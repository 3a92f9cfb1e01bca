"""A machine that somebody removes behind the platform's back, as its student sees it."""

import json
from typing import Any

import docker

from sandboxes.reasons import NO_HOME_TO_RESTORE, REPLACED
from tests.support.clients.api import LiveStudent
from tests.support.clients.websocket import WebSocket
from tests.support.running_platform import RunningPlatform


def test_student_is_told_that_the_machine_was_lost(
    stack: RunningPlatform, docker_client: docker.DockerClient
) -> None:
    student = LiveStudent(stack.base_url, "student", stack.password)
    before = student.ready_sandbox()
    events = WebSocket(student.port, "/ws/events/", cookie=student.cookie, seconds=60)
    [lost] = before["machines"]
    [container] = docker_client.containers.list(filters={"label": f"drydock.machine={lost['id']}"})
    container.remove(force=True)
    after = sandbox_with_notice(events, before["id"])
    assert after["notice"].startswith(REPLACED)
    assert after["notice"].endswith(NO_HOME_TO_RESTORE) or "home folder" in after["notice"]
    assert [machine["id"] for machine in after["machines"]] != [lost["id"]]
    terminal = student.terminal(after)
    assert terminal.run("echo alive").strip() == "alive"
    terminal.close()
    student.end_sandbox(after["id"])


def sandbox_with_notice(events: WebSocket, sandbox_id: str) -> dict[str, Any]:
    """Return the sandbox once it is ready again and says what happened; never without machines."""
    while True:
        event = json.loads(events.receive()[1])
        if event["type"] != "sandbox" or event["sandbox"]["id"] != sandbox_id:
            continue
        sandbox: dict[str, Any] = event["sandbox"]
        assert sandbox["state"] != "ready" or sandbox["machines"]
        if sandbox["state"] == "ready" and sandbox["notice"]:
            return sandbox
