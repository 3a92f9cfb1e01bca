"""What people type into a terminal stands in no log, not even at DEBUG; nor do the secrets in
addresses and mails."""

import re
import uuid
from collections.abc import Iterator

import docker
import pytest

from tests.support.clients.api import LiveStudent
from tests.support.clients.websocket import WebSocket
from tests.support.installation import labelled, remove_labelled
from tests.support.running_platform import RunningPlatform

ADDRESS = "student@example.org"
GIVE_ADDRESS = f"""
from accounts.models import User
user = User.objects.get(username="student")
user.email = "{ADDRESS}"
user.save()
"""


@pytest.fixture
def talkative(docker_url: str, docker_client: docker.DockerClient) -> Iterator[RunningPlatform]:
    """A platform of its own that logs all it can, as JSON."""
    name = f"drydock-log-{uuid.uuid4().hex[:8]}"
    log_settings = {"DRYDOCK_LOG_LEVEL": "DEBUG", "DRYDOCK_LOG_FORMAT": "json"}
    platform = RunningPlatform(docker_url, name, log_settings)
    platform.start()
    yield platform
    platform.stop()
    leaked = labelled(docker_client, name)
    remove_labelled(docker_client, name)
    platform.remove_folder()
    assert leaked == []


def visit_with_secrets(student: LiveStudent, secret: str) -> None:
    """Where links of mails lead, and websockets with a query."""
    for path in (f"invitation/{secret}", f"password/reset/1-{secret}", f"email/confirm/{secret}"):
        student.http.get(f"{student.base_url}/accounts/{path}/?key={secret}", timeout=20)
    for cookie in ("", student.cookie):
        WebSocket(student.port, f"/ws/events/?token={secret}", cookie=cookie).close()


def reset_link(talkative: RunningPlatform, student: LiveStudent) -> str:
    """Of a mail that was asked for just now."""
    talkative.manage("shell", "--no-imports", "-c", GIVE_ADDRESS)
    page = student.http.get(f"{student.base_url}/accounts/password/reset/", timeout=20)
    token = page.text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    form = {"email": ADDRESS, "csrfmiddlewaretoken": token}
    student.http.post(page.url, data=form, headers={"Referer": student.base_url}, timeout=20)
    (mail,) = (talkative.var / "mail").iterdir()
    (key,) = re.findall(r"/password/reset/(\S+)/", mail.read_text())
    return str(key)


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
    visit_with_secrets(student, secret)
    key = reset_link(talkative, student)
    student.end_sandbox(sandbox["id"])
    talkative.stop()
    logs = {
        file.name: file.read_text(errors="replace")
        for file in talkative.stack.layout.logs.iterdir()
    }
    assert sandbox["id"] in logs["web.log"], "the request log names the sandbox"
    assert "/ws/events/" in logs["web.log"], "it names websockets"
    assert "core.mail" in logs["web.log"], "it says that there was a mail"
    assert [
        name for name, text in logs.items() if secret in text or secret[:20] in text or key in text
    ] == []
