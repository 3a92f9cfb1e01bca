"""All machines of a student share what they may write."""

from typing import Any

from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.maintenance import reaper
from sandboxes.models import Sandbox
from tests.support.sandboxes import machine_of, make_ready


def container_of(sandbox: Sandbox) -> str:
    return machine_of(sandbox).container_id


def test_second_machine_shares_with_the_first(
    ready: Sandbox, fake: FakeEngine, student: Any, worker: Any, settings: Any
) -> None:
    settings.STUDENT_DISK_BYTES = 4711
    second = make_ready(student, worker, "course/other")
    both = {container_of(ready), container_of(second)}
    assert fake.shared_disks == {student.pk: (both, 4711)}


def test_only_machine_has_its_own_limit_alone(ready: Sandbox, fake: FakeEngine) -> None:
    reaper.reap()
    assert fake.shared_disks == {}


def test_pooled_machine_shares_once_it_is_claimed(
    ready: Sandbox, fake: FakeEngine, student: Any, worker: Any, fill_pool: Any
) -> None:
    fill_pool(1)
    second = make_ready(student, worker, "course/other")
    [(containers, _)] = fake.shared_disks.values()
    assert container_of(second) in containers


def test_what_a_lost_task_left_out_the_reaper_does(
    ready: Sandbox, fake: FakeEngine, student: Any, worker: Any
) -> None:
    make_ready(student, worker, "course/other")
    fake.shared_disks.clear()
    reaper.reap()
    assert set(fake.shared_disks) == {student.pk}


def test_students_do_not_share_with_each_other(
    ready: Sandbox, fake: FakeEngine, other_student: Any, worker: Any
) -> None:
    make_ready(other_student, worker)
    reaper.reap()
    assert fake.shared_disks == {}
