"""Fixtures of the grading tests."""

import shutil
import subprocess
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from curriculum.models import Course, Exercise, Lesson
from grading.models import Submission
from grading.submissions import submit
from grading.tasks import grade
from sandboxes.engine import MachineSpec
from sandboxes.fake_engine import FakeEngine, fake_engine, forget_fake_engines
from sandboxes.limits import LINUX
from sandboxes.models import Host, Machine, Sandbox
from tests.grading.checker_box import boxed, build

CHECKS = [
    {
        "kind": "file",
        "id": "answer",
        "points": 3,
        "path": "/root/answer",
        "equals": "42",
        "message": "The answer is another.",
        "read": "What it costs",
    },
    {
        "kind": "file",
        "id": "name",
        "points": 2,
        "path": "/root/name",
        "contains": "box",
        "message": "The name is missing.",
        "read": "Names",
    },
]


@pytest.fixture(scope="session")
def checker(tmp_path_factory) -> Path:
    """The checker, built for this machine; skips where its namespaces can't be had."""
    busybox = shutil.which("busybox")
    if busybox is None or subprocess.run(boxed(Path("/bin/true")), check=False, capture_output=True).returncode != 0:
        pytest.skip("needs busybox, and the right to make namespaces")
    return build(tmp_path_factory.mktemp("checker"), busybox)


@pytest.fixture
def fake_url() -> str:
    return f"fake://{uuid.uuid4()}"


@pytest.fixture
def fake(fake_url) -> Any:
    """An in-memory engine, under a URL of its own, because hosts.engine_for() remembers."""
    yield fake_engine(fake_url)
    forget_fake_engines()


@pytest.fixture
def published(monkeypatch) -> list[dict[str, Any]]:
    """What was sent to pages: {"user_id", "kind", "payload"} each, in order."""
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr("grading.services.publish", lambda **event: sent.append(event))
    return sent


@pytest.fixture
def queued(monkeypatch) -> list[str]:
    """Ids of the submissions whose grading was queued, in place of a broker."""
    ids: list[str] = []
    monkeypatch.setattr("grading.tasks.grade.apply_async", lambda args, **_: ids.append(args[0]))
    return ids


@pytest.fixture
def student(db) -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def exercise(db) -> Exercise:
    """Two file checks worth 3 and 2 points, in the machine `box`."""
    course = Course.objects.create(slug="course", title="Course")
    lesson = Lesson.objects.create(
        course=course,
        slug="lesson",
        title="Lesson",
        machines=[{"name": "box", "kind": "linux"}],
        source="",
        version="1",
    )
    definition = {"slug": "first", "title": "First", "machine": "box", "checks": CHECKS}
    return Exercise.objects.create(
        lesson=lesson, slug="first", title="First", machine="box", points=5, definition=definition, version="v1"
    )


@pytest.fixture
def sandbox(student, exercise, fake: FakeEngine, fake_url) -> Sandbox:
    """The student's ready sandbox, with its machine running on the fake engine."""
    now = timezone.now()
    host = Host.objects.create(name="fake", docker_url=fake_url)
    ready = Sandbox.objects.create(
        user=student,
        lesson_key="course/lesson",
        state=Sandbox.State.READY,
        changed_at=now,
        active_at=now,
        expires_at=now + timedelta(hours=1),
    )
    spec = MachineSpec(str(ready.pk), "linux", "drydock/linux:latest", "box", LINUX, "exec")
    handle = fake.create_machine(spec)
    fake.start_machine(handle.container_id)
    Machine.objects.create(
        host=host,
        sandbox=ready,
        name="box",
        kind="linux",
        image="drydock/linux:latest",
        state=Machine.State.CLAIMED,
        container_id=handle.container_id,
        changed_at=now,
    )
    return ready


@pytest.fixture
def files(fake: FakeEngine, sandbox) -> dict[str, bytes]:
    """The files of the student's machine, path to content."""
    return fake.machines[str(sandbox.pk)].files


@pytest.fixture
def press(student, exercise, sandbox, queued, published):
    """Presses Check; returns the submission."""
    return lambda: submit(user=student, exercise=exercise, sandbox=sandbox)


@pytest.fixture
def check(press):
    """Presses Check and waits for what comes of it."""

    def check() -> Submission:
        submission = press()
        grade(str(submission.pk))
        submission.refresh_from_db()
        return submission

    return check
