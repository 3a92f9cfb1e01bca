"""Nothing is kept for somebody who has left, whenever the worker that saves a home is overtaken by
the deletion."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from accounts.account_deletion import delete_account
from accounts.models import User
from sandboxes import homes, lifecycle, tasks
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.models import Sandbox
from tests.support.sandboxes import machine_of, make_ready


@pytest.fixture
def while_saving(
    fake: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[], None]], None]:
    """Has something happen after the home was read from the machine and before it is in place."""

    def at_that_moment(act: Callable[[], None]) -> None:
        export = fake.export_home

        def export_and_act(*arguments: Any) -> Any:
            archive = export(*arguments)
            act()
            return archive

        monkeypatch.setattr(fake, "export_home", export_and_act)

    return at_that_moment


def home_folders(settings: Any) -> list[Path]:
    return list(Path(settings.HOMES_DIR).glob("*"))


def test_deleted_while_the_home_is_read(
    ready: Sandbox, worker: Any, student: User, while_saving: Any, settings: Any
) -> None:
    while_saving(lambda: delete_account(user=student))
    lifecycle.end_sandbox(sandbox=ready)
    worker.drain()
    assert not User.objects.filter(username="student").exists()
    assert home_folders(settings) == []


def test_deleted_while_the_platform_stops(
    ready: Sandbox, student: User, while_saving: Any, settings: Any
) -> None:
    while_saving(lambda: delete_account(user=student))
    homes.keep_home(machine_of(ready))
    assert home_folders(settings) == []


def test_deleted_before_the_home_is_read(
    ready: Sandbox, fake: FakeEngine, student: User, settings: Any
) -> None:
    """The folder goes between being made and being written to."""
    machine = machine_of(ready)
    enter = fake.record_call

    def enter_late(method: str, subject: str = "") -> None:
        enter(method, subject)
        delete_account(user=student)

    fake.record_call = enter_late  # type: ignore[method-assign]  # for this one call
    assert homes.keep_home(machine) == ()
    assert home_folders(settings) == []


def test_the_homes_of_others_stay(
    ready: Sandbox, worker: Any, student: User, other_student: User, settings: Any
) -> None:
    homes.keep_home(machine_of(make_ready(other_student, worker)))
    homes.keep_home(machine_of(ready))
    delete_account(user=student)
    assert [folder.name for folder in home_folders(settings)] == [str(other_student.pk)]


def test_what_a_killed_process_left_is_swept(
    ready: Sandbox,
    student: User,
    other_student: User,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    homes.keep_home(machine_of(ready))
    monkeypatch.setattr("sandboxes.maintenance.user_deletion.forget_user", lambda _user_id: None)
    delete_account(user=student)
    own_home = Path(settings.HOMES_DIR, str(other_student.pk))
    own_home.mkdir()
    assert len(home_folders(settings)) == 2
    tasks.run_reap()
    assert home_folders(settings) == [own_home]


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite in memory has one connection; writers queue there"
)
def test_the_deletion_waits_for_a_home_that_is_being_put_in_place(
    ready: Sandbox, student: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = threading.Thread(target=delete_and_close, args=(student,))
    replace = Path.replace

    def replace_late(source: Path, target: Path) -> Path:
        leaving.start()
        leaving.join(0.5)
        assert leaving.is_alive(), "deleted while the row is held"
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", replace_late)
    homes.keep_home(machine_of(ready))
    leaving.join(20)
    assert not User.objects.filter(pk=student.pk).exists()
    assert home_folders(settings) == []


def delete_and_close(user: User) -> None:
    try:
        delete_account(user=user)
    finally:
        connections.close_all()


def test_nothing_is_dropped_before_the_deletion_holds(
    ready: Sandbox, student: User, settings: Any
) -> None:
    homes.keep_home(machine_of(ready))
    with transaction.atomic():
        delete_account(user=student)
        transaction.set_rollback(True)
    assert len(home_folders(settings)) == 1
