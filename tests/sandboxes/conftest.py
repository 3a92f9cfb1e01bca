"""A platform without Docker, Redis or worker: the fake engine, a queue that tests drain by hand, collected events."""

from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest
from celery import current_app
from django.contrib.auth.models import AbstractUser

import sandboxes.tasks  # noqa: F401  registers the tasks
from accounts.models import User
from sandboxes import lifecycle, pool, provisioning, queueing
from sandboxes.engine import SandboxEngine
from sandboxes.fake_engine import FakeEngine, fake_engine, forget_fake_engines
from sandboxes.hosts import _engine
from sandboxes.models import Host, Machine, Sandbox
from tests.sandboxes.boxes import Box, make_box

LESSON = "vms-and-containers/first"
MACHINES = [{"name": "box", "kind": "linux"}]
URL = "fake://tests"


class Worker:
    """Holds queued tasks until a test lets them run; never two of a kind with the same arguments at once."""

    def __init__(self) -> None:
        self.queue: list[tuple[str, tuple[Any, ...]]] = []

    def take(self, name: str, args: tuple[Any, ...]) -> None:
        if (name, args) not in self.queue:
            self.queue.append((name, args))

    def run(self, name: str) -> None:
        """Run the first queued task of a name."""
        task = next(task for task in self.queue if task[0] == name)
        self.queue.remove(task)
        current_app.tasks[name].run(*task[1])

    def drain(self, rounds: int = 100) -> None:
        """Run everything, and what that queues."""
        while self.queue:
            rounds -= 1
            assert rounds, f"no end to {self.queue[:5]}"
            self.run(self.queue[0][0])

    def lose(self) -> None:
        """The broker died with everything that was queued."""
        self.queue.clear()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    hand = Worker()
    monkeypatch.setattr(queueing, "_send", hand.take)
    return hand


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The sandbox payloads that students' pages were sent."""
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr("core.events.publish", lambda *, user_id, kind, payload: sent.append(payload["sandbox"]))
    return sent


@pytest.fixture
def fake(transactional_db: None, worker: Worker, told: list[Any], settings: Any, tmp_path: Any) -> Iterator[FakeEngine]:
    """The engine behind the only host, and no warm machines unless a test wants some."""
    settings.HOMES_DIR = tmp_path / "homes"
    settings.INSTALLATION = "drydock"
    settings.POOL = {"linux": 0}
    settings.POOL_MEMORY_BYTES = 0  # nothing beyond it
    settings.START_CONCURRENCY = 2
    settings.MACHINES_MAX = 40
    forget_fake_engines()
    _engine.cache_clear()
    Host.objects.create(name="local", docker_url=URL, transport=Host.Transport.SOCKET)
    yield fake_engine(URL)
    _engine.cache_clear()


@pytest.fixture
def student(transactional_db: None) -> User:
    return User.objects.create_user("student")


@pytest.fixture
def another(transactional_db: None) -> User:
    return User.objects.create_user("another")


@pytest.fixture
def warm(fake: FakeEngine, worker: Worker, settings: Any) -> Callable[[int], list[Machine]]:
    """Fills the pool with so many machines, and leaves it at that size."""

    def fill(count: int) -> list[Machine]:
        settings.POOL = {"linux": count}
        provisioning.refill_pool()
        worker.drain()
        settings.POOL = {"linux": 0}
        machines = list(Machine.objects.filter(state=Machine.State.WARM))
        assert len(machines) == count
        return machines

    return fill


@pytest.fixture
def ready(fake: FakeEngine, worker: Worker, student: User) -> Sandbox:
    """The student's sandbox, ready."""
    return make_ready(student, worker)


def make_ready(user: AbstractUser, worker: Worker, lesson_key: str = LESSON) -> Sandbox:
    sandbox = lifecycle.request_sandbox(user=user, lesson_key=lesson_key, machines=MACHINES)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY
    return sandbox


def machine_of(sandbox: Sandbox) -> Machine:
    return sandbox.machines.exclude(state__in=(Machine.State.REMOVING, Machine.State.GONE)).get()


def learn_images() -> None:
    """What the first refill does: ask the host for its images."""
    for host in Host.objects.all():
        pool.refresh_images(host, ["linux"])


@pytest.fixture
def box(engine: SandboxEngine, docker_client: docker.DockerClient) -> Iterator[Box]:
    """A machine that the test may ruin."""
    machine_id, made = make_box(engine, docker_client)
    yield made
    engine.remove_machine(machine_id)


@pytest.fixture(scope="module")
def calm(engine: SandboxEngine, docker_client: docker.DockerClient) -> Iterator[Box]:
    """A machine that tests only look at."""
    machine_id, made = make_box(engine, docker_client)
    yield made
    engine.remove_machine(machine_id)
