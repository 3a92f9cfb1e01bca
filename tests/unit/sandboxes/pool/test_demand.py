"""Which kinds are kept warm, and how many: those that lessons and students want, within a memory
budget."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from curriculum import tasks as curriculum_tasks
from curriculum.models import Course, Lesson
from sandboxes import lifecycle
from sandboxes.engine.facts import ImageFact
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.limits import LINUX
from sandboxes.errors import EngineError
from sandboxes.machine_types import docker
from sandboxes.models import Host, Machine, Sandbox
from tests.support.factories import UserFactory

KINDS = ("linux", "docker", "image:python:3.11")
PYTHON = "image:python:3.11"


@pytest.fixture(autouse=True)
def host(fake: FakeEngine, settings: Any) -> FakeEngine:
    """Room for a few machines, and images of several kinds."""
    settings.POOL = {}
    settings.POOL_MEMORY_BYTES = 100 * LINUX.memory_bytes
    settings.IMAGES_ALLOWED = ["python:3.*"]
    fake.images |= {
        "drydock/docker:latest": ImageFact("sha256:docker-1", 300),
        "python:3.11": ImageFact("sha256:py", 9),
    }
    return fake


@pytest.fixture
def publish(transactional_db: None) -> Callable[..., Lesson]:
    def make(slug: str, *machines: dict[str, str], **fields: Any) -> Lesson:
        course, _ = Course.objects.get_or_create(slug="course", title="Course")
        named = [{"name": f"m{number}", **machine} for number, machine in enumerate(machines)]
        return Lesson.objects.create(course=course, slug=slug, title=slug, machines=named, **fields)

    return make


def ask(number: int, *kinds: str, ago: timedelta = timedelta()) -> Sandbox:
    user = UserFactory(username=f"student{number}")
    machines = [{"name": f"m{index}", "kind": kind} for index, kind in enumerate(kinds)]
    sandbox = lifecycle.request_sandbox(user=user, lesson_key="course/x", machines=machines)
    Sandbox.objects.filter(pk=sandbox.pk).update(created_at=timezone.now() - ago)
    return sandbox


def fill(worker: Any) -> dict[str, int]:
    """Fill the pool; how many warm machines of each kind there are then."""
    curriculum_tasks.refill()
    worker.drain()
    warm = list(Machine.objects.filter(state=Machine.State.POOLED).values_list("kind", flat=True))
    return {kind: warm.count(kind) for kind in sorted(set(warm))}


def test_nothing_is_kept_that_nobody_wants(worker: Any) -> None:
    assert fill(worker) == {}


def test_published_lessons_kinds_are_kept(publish: Any, worker: Any) -> None:
    publish("one", {"kind": "docker"}, {"image": "python:3.11"})
    publish("draft", {"kind": "linux"}, draft=True)
    publish("old", {"kind": "linux"}, archived=True)
    assert fill(worker) == {"docker": 1, PYTHON: 1}


def test_rush_asks_for_more_of_its_kind(publish: Any, worker: Any) -> None:
    publish("one", {"kind": "linux"})
    for number in range(3):
        ask(number, "docker")
        worker.drain()
    assert fill(worker) == {"docker": 4, "linux": 1}


def test_demand_of_an_hour_ago_is_over(worker: Any) -> None:
    ask(1, "docker")
    worker.drain()
    Sandbox.objects.update(created_at=timezone.now() - timedelta(hours=1))
    Machine.objects.filter(state="warm").delete()
    assert fill(worker) == {}


def test_budget_goes_to_what_is_wanted_most(publish: Any, worker: Any, settings: Any) -> None:
    settings.POOL_MEMORY_BYTES = docker.LIMITS.memory_bytes + LINUX.memory_bytes - 1
    publish("one", {"kind": "docker"})
    publish("two", {"kind": "docker"})
    publish("three", {"kind": "linux"})
    assert fill(worker) == {"docker": 1}


def test_what_students_ask_for_counts_before_lessons(
    publish: Any, worker: Any, settings: Any
) -> None:
    settings.POOL_MEMORY_BYTES = 0
    for number in range(3):
        publish(f"lesson-{number}", {"kind": "docker"})
    ask(1, "linux", ago=timedelta(minutes=15))
    worker.drain()
    Sandbox.objects.update(created_at=timezone.now() - timedelta(minutes=15))
    settings.POOL_MEMORY_BYTES = docker.LIMITS.memory_bytes
    assert fill(worker) == {"linux": 1}


def test_minimum_is_kept_whatever_the_budget(worker: Any, settings: Any) -> None:
    settings.POOL, settings.POOL_MEMORY_BYTES = {"linux": 3}, 0
    assert fill(worker) == {"linux": 3}


def test_budget_is_a_share_of_the_hosts_memory(publish: Any, worker: Any, settings: Any) -> None:
    settings.POOL_MEMORY_BYTES, settings.POOL_MEMORY_SHARE = None, 0.25  # of the fake's 4 GiB
    publish("one", {"kind": "docker"}, {"kind": "linux"})
    assert fill(worker) == {"docker": 1}
    assert Host.objects.get().memory_bytes == 4 * 1024**3


def test_idle_kinds_age_out(publish: Any, worker: Any) -> None:
    lesson = publish("one", {"kind": "docker"})
    assert fill(worker) == {"docker": 1}
    lesson.draft = True
    lesson.save()
    assert fill(worker) == {"docker": 1}
    Machine.objects.update(changed_at=timezone.now() - timedelta(hours=1))
    assert fill(worker) == {}


def test_kind_that_does_not_come_up_is_left_alone(
    host: FakeEngine, publish: Any, worker: Any
) -> None:
    publish("one", {"kind": "docker"}, {"kind": "linux"})
    host.fail("wait_for_shell", EngineError("no shell"), times=2)
    fill(worker)
    assert fill(worker) in ({"docker": 1}, {"linux": 1}, {"docker": 1, "linux": 1})
    assert Machine.objects.filter(state="gone").count() == 2


def test_full_house_gives_a_pooled_machine_up_for_another_kind(worker: Any, settings: Any) -> None:
    settings.POOL, settings.MACHINES_MAX = {"linux": 2}, 2
    assert fill(worker) == {"linux": 2}
    settings.POOL = {}
    sandbox = ask(1, "docker")
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY


def test_image_that_is_not_allowed_any_more_is_refused(worker: Any, settings: Any) -> None:
    settings.IMAGES_ALLOWED = []
    sandbox = ask(1, PYTHON)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.FAILED


def test_image_with_volumes_is_refused(host: FakeEngine, worker: Any) -> None:
    host.images["python:3.11"] = ImageFact("sha256:py", 9, ("/data",))
    sandbox = ask(1, PYTHON)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.FAILED


def test_own_image_gets_the_linux_kinds_limits(host: FakeEngine, worker: Any) -> None:
    ask(1, PYTHON)
    worker.drain()
    assert {machine.spec.limits for machine in host.machines.values()} == {LINUX}
