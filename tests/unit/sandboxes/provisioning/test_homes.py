"""Home folders are kept at the end and put back the next time."""

from pathlib import Path
from typing import Any

from sandboxes import homes, lifecycle, reasons
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.fake.machine import Killed
from sandboxes.errors import EngineError
from sandboxes.models import Sandbox
from sandboxes.provisioning import teardown
from tests.support.sandboxes import ask, machine_of, make_ready


def files_of(sandbox: Sandbox, fake: FakeEngine) -> dict[str, bytes]:
    return fake.machines[str(machine_of(sandbox).pk)].files


def end(sandbox: Sandbox, worker: Any) -> None:
    lifecycle.end_sandbox(sandbox=sandbox)
    worker.drain()
    sandbox.refresh_from_db()


def test_home_comes_back(ready: Sandbox, fake: FakeEngine, worker: Any, student: Any) -> None:
    files_of(ready, fake)["/root/notes"] = b"mine"
    end(ready, worker)
    again = make_ready(student, worker)
    assert files_of(again, fake) == {"/root/notes": b"mine"}
    assert "put back" in again.reason


def test_claim_of_a_pooled_machine_waits_for_the_home(
    ready: Sandbox, fake: FakeEngine, worker: Any, student: Any, fill_pool: Any
) -> None:
    files_of(ready, fake)["/root/notes"] = b"mine"
    end(ready, worker)
    [machine] = fill_pool(1)
    again = ask(student)
    assert (again.state, again.reason) == (Sandbox.State.STARTING, reasons.RESTORING)
    assert machine_of(again).pk == machine.pk
    worker.drain()
    again.refresh_from_db()
    assert again.state == Sandbox.State.READY
    assert files_of(again, fake) == {"/root/notes": b"mine"}


def test_what_the_cap_left_out_is_said(
    ready: Sandbox, fake: FakeEngine, worker: Any, settings: Any
) -> None:
    settings.HOME_MAX_BYTES = 2_000_000
    files_of(ready, fake)["/root/big.iso"] = b"x" * 3_000_000
    end(ready, worker)
    assert "up to 2 MB" in ready.reason
    assert "big.iso (3000000 bytes)" in ready.reason


def test_homes_of_two_students_and_lessons_stay_apart(
    ready: Sandbox, fake: FakeEngine, worker: Any, student: Any, other_student: Any
) -> None:
    files_of(ready, fake)["/root/notes"] = b"mine"
    end(ready, worker)
    assert files_of(make_ready(other_student, worker), fake) == {}
    assert files_of(make_ready(student, worker, "vms-and-containers/second"), fake) == {}


def test_export_killed_half_way_leaves_the_last_whole_one(
    ready: Sandbox, fake: FakeEngine, worker: Any, student: Any, settings: Any
) -> None:
    files_of(ready, fake)["/root/notes"] = b"first"
    end(ready, worker)
    again = make_ready(student, worker)
    fake.fail("export_home", Killed())
    lifecycle.end_sandbox(sandbox=again)
    try:
        worker.drain()
    except Killed:
        worker.lose()
    file_names = [path.name for path in Path(settings.HOMES_DIR).rglob("*") if path.is_file()]
    assert file_names == ["vms-and-containers--first.tar.gz"]
    again.refresh_from_db()
    teardown.finish_sandbox(again)
    again.refresh_from_db()
    assert again.state == Sandbox.State.GONE


def test_home_that_can_not_be_put_back_does_not_keep_the_student_out(
    ready: Sandbox, fake: FakeEngine, worker: Any, student: Any
) -> None:
    end(ready, worker)
    fake.fail("import_home", EngineError("broken"))
    again = make_ready(student, worker)
    assert again.reason == reasons.HOME_NOT_RESTORED
    assert homes.has_homes(again)


def test_every_machine_has_a_home_of_its_own(fake: FakeEngine, worker: Any, student: Any) -> None:
    two = [{"name": "a", "kind": "linux"}, {"name": "b", "kind": "linux"}]
    sandbox = ask(student, two)
    worker.drain()
    for machine in sandbox.machines.all():
        fake.machines[str(machine.pk)].files["/root/name"] = machine.name.encode()
    end(sandbox, worker)
    again = ask(student, two)
    worker.drain()
    for machine in again.machines.all():
        assert fake.machines[str(machine.pk)].files["/root/name"] == machine.name.encode()
