"""A new machine type is one object in the registry: files, forms, machines and pages know it at
once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from curriculum import tasks as curriculum_tasks
from curriculum.errors import InvalidLessonFiles
from curriculum.loader.dockerfiles import dockerfile_faults
from curriculum.loader.reader import read_courses
from curriculum.loader.service import load_lessons
from curriculum.models import Lesson
from grading.verification.cases import find_cases
from grading.verification.machines import verify
from grading.verification.rig import VerificationRig
from sandboxes import lifecycle
from sandboxes.engine.facts import EngineInfo, ImageFact
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import MachineTypeRefused
from sandboxes.machine_types.base import MachineType
from sandboxes.machine_types.registry import machine_type, register, type_names, unregister
from sandboxes.models import Machine, Sandbox
from sandboxes.queries import latest_payload, sandbox_payload
from tests.support.curriculum.verified_files import write_course
from tests.support.factories import UserFactory
from tests.support.learners import client_of
from tests.support.sandboxes import Worker
from tests.support.turtle_machine import TURTLE, registered_turtle

KEY = "course/first"
IMAGE = ImageFact("sha256:turtle-1", 300)
LESSON = """\
---
title: First
minutes: 5
machines:
  - name: box
    kind: turtle
---

## One

::: exercise write
"""
EXERCISE = "---\ntitle: Write\nmachine: box\n---\n\nWrite 42 to `/root/answer`.\n"
CHECKS = """\
[[checks]]
id = "answer"
kind = "file"
path = "/root/answer"
equals = "42"
message = "It is another."
read = "One"
"""
BOOT_TIME = """
[[checks]]
id = "boot"
kind = "measurement"
of = "boot-time"
path = "/root/boot-time"
unit = "s"
within_percent = 20
message = "It took another time."
read = "One"
"""
SOLUTION = "write 42\n"
WRONG = "# fails: answer\nwrite 41\n"


@pytest.fixture
def turtle() -> Iterator[MachineType]:
    with registered_turtle() as turtle_type:
        yield turtle_type


@pytest.fixture
def courses(tmp_path: Path) -> Path:
    """The files of a course with one exercise, done in a turtle."""
    write_course(
        tmp_path, lesson=LESSON, text=EXERCISE, checks=CHECKS, solution=SOLUTION, wrong=WRONG
    )
    return tmp_path / "lessons"


@pytest.fixture
def lesson(turtle: MachineType, courses: Path, transactional_db: None) -> Lesson:
    load_lessons(root=courses)
    return Lesson.objects.get()


@pytest.fixture
def engine(fake: FakeEngine, lesson: Lesson, settings: Any) -> FakeEngine:
    """An engine that has the type's image, and room for a pool."""
    settings.POOL = {}
    settings.POOL_MEMORY_BYTES = TURTLE.memory_bytes
    fake.images["drydock/turtle:latest"] = IMAGE
    return fake


def request(user: User, lesson: Lesson) -> Sandbox:
    return lifecycle.request_sandbox(
        user=user, lesson_key=lesson.key, machines=lesson.requested_machines
    )


def test_it_is_known_only_while_it_is_registered(turtle: MachineType) -> None:
    assert type_names()[-1] == "turtle"
    assert machine_type("turtle") is turtle
    unregister("turtle")
    assert machine_type("turtle").name == "linux"


def test_lesson_files_may_name_it(lesson: Lesson, courses: Path) -> None:
    assert lesson.requested_machines == [{"name": "box", "kind": "turtle"}]
    assert list(dockerfile_faults("FROM drydock/turtle\n", [])) == []
    unregister("turtle")
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(courses)
    [error] = caught.value.errors
    assert (error.field, error.message) == (
        "machines[0].kind",
        "must be 'linux', 'docker', 'vm', 'vm-resume' or 'hypervisor'",
    )


def test_a_boot_may_be_timed_where_it_opens_in_a_guest(turtle: MachineType, courses: Path) -> None:
    checks = courses / "course" / "01-first" / "exercises" / "write" / "exercise.toml"
    checks.write_text(CHECKS + BOOT_TIME)
    assert read_courses(courses)
    register(replace(turtle, opens_in_guest=False))
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(courses)
    assert [error.field for error in caught.value.errors] == ["checks[1].of"]


def test_the_admins_form_offers_it(lesson: Lesson) -> None:
    author = client_of(UserFactory(username="author", role=User.Role.INSTRUCTOR, is_staff=True))
    url = reverse("admin:curriculum_lesson_change", args=[lesson.pk])
    page = author.get(url)
    assert page.status_code == 200
    assert '<option value="turtle" selected' in page.content.decode()


def test_the_pool_keeps_what_the_lesson_names_and_hands_it_out(
    engine: FakeEngine, lesson: Lesson, worker: Worker, student: User
) -> None:
    curriculum_tasks.refill()
    worker.drain()
    pooled = Machine.objects.get(state=Machine.State.POOLED)
    assert (pooled.kind, pooled.image, pooled.accelerator) == ("turtle", IMAGE.id, "tcg")
    [machine] = engine.machines.values()
    assert (machine.spec.limits, machine.spec.command) == (TURTLE.limits, TURTLE.command)
    assert request(student, lesson).state == Sandbox.State.READY


def test_a_worker_makes_one_that_joins_the_registry(
    engine: FakeEngine, lesson: Lesson, worker: Worker, student: User, settings: Any
) -> None:
    settings.REGISTRY = True
    settings.POOL_MEMORY_BYTES = 0
    sandbox = request(student, lesson)
    assert sandbox.state == Sandbox.State.REQUESTED
    worker.run("sandboxes.provision")
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY
    assert ("sandboxes.join_registry", (str(sandbox.pk),)) in worker.queue


def test_an_engine_without_user_namespaces_may_refuse_it(
    turtle: MachineType, settings: Any
) -> None:
    info: EngineInfo = replace(FakeEngine().info(), userns=False)
    turtle.refuse_on(info)
    with pytest.raises(MachineTypeRefused, match="Turtle machines do not run"):
        replace(turtle, needs_userns=True).refuse_on(info)


def test_lessons_are_verified_in_it(turtle: MachineType, courses: Path) -> None:
    engine = FakeEngine()
    engine.images[IMAGE.id] = IMAGE

    def shell(container_id: str, script: str) -> int:
        for machine in engine.machines.values():
            if machine.container_id == container_id and "write" in script:
                machine.files["/root/answer"] = script.split()[-1].encode()
        return 0

    cases = find_cases(read_courses(courses))
    outcomes = list(verify(cases, VerificationRig(engine, {"turtle": IMAGE}, shell)))
    assert {outcome.case.name: (outcome.faults, outcome.error) for outcome in outcomes} == {
        "solution": ((), ""),
        "wrong/answer-off-by-one": ((), ""),
    }


def test_page_and_api_say_what_it_is(
    engine: FakeEngine, lesson: Lesson, worker: Worker, student: User
) -> None:
    sandbox = request(student, lesson)
    worker.drain()
    sandbox.refresh_from_db()
    payload = sandbox_payload(sandbox)
    assert payload == latest_payload(student, KEY)
    assert [machine["kind"] for machine in payload["machines"]] == ["turtle"]
    assert payload["accelerator"] == "tcg"
    page = client_of(student).get(f"/courses/{KEY}/")
    assert page.status_code == 200
    assert b'"kind": "turtle"' in page.content
