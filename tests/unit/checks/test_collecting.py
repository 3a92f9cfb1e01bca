"""Collect what checks name and nothing else, each failure beside what could be had."""

import itertools
import json
import threading

import pytest

from checks.docker.container import ContainerCheck
from checks.evidence import collector
from checks.evidence.collector import OTHERWISE, REASONS, collect
from checks.evidence.tasks import Subject
from checks.guest import GuestCheck
from sandboxes.engine.checker_protocol import ProbeFact, ProbeGarbled
from sandboxes.engine.facts import FileFact, ProcessFact
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.limits import LINUX
from sandboxes.errors import EngineError, EngineUnavailable, MachineMissing
from tests.support.checks.docker_evidence import new_check
from tests.support.checks.evidence import command_check, file_check, process_check
from tests.support.machines import machine_on


@pytest.fixture
def engine():
    return FakeEngine()


@pytest.fixture
def subject(engine):
    handle = machine_on(engine)
    engine.calls.clear()
    return Subject(container_id=handle.container_id, image="drydock/linux:latest")


def assert_in_order(engine, *groups: set[str]):
    """These calls and no others; those of a group in any order."""
    calls = [name for name, _ in engine.calls]
    for group in groups:
        assert set(calls[: len(group)]) == group
        del calls[: len(group)]
    assert calls == []


def test_only_what_checks_name_is_gathered(engine, subject):
    engine.machines["m"].files["/root/answer"] = b"42"
    gathered = collect(checks=[file_check(equals="42")], subject=subject, engine=engine)
    assert engine.calls == [("read_file", "/root/answer")]
    assert list(gathered["files"]) == ["/root/answer"]
    assert (gathered["processes"], gathered["facts"], gathered["commands"], gathered["errors"]) == (
        None,
        {},
        {},
        {},
    )


def test_a_file_that_two_checks_name_is_read_once(engine, subject):
    checks = [file_check(equals="42"), file_check(id="other", contains="4")]
    collect(checks=checks, subject=subject, engine=engine)
    assert engine.calls == [("read_file", "/root/answer")]


def test_all_commands_share_one_probe_which_comes_last(engine, subject):
    checks = [
        command_check(id="a"),
        command_check(id="b"),
        process_check(),
        file_check(equals_fact="kernel"),
    ]
    gathered = collect(checks=checks, subject=subject, engine=engine)
    assert_in_order(engine, {"processes", "facts"}, {"read_file"}, {"probe_snapshot"})
    assert list(gathered["commands"]) == ["a", "b"]


def test_facts_are_the_engines(engine, subject):
    gathered = collect(checks=[file_check(equals_fact="kernel")], subject=subject, engine=engine)
    assert gathered["facts"] == {
        "kernel": "6.1.0-fake",
        "memory_bytes": LINUX.memory_bytes,
        "pids_max": LINUX.pids,
        "cpus": LINUX.cpus,
        "hostname": "box",
        "init": "ptyd",
    }


def test_a_missing_file_is_evidence_and_no_error(engine, subject):
    gathered = collect(checks=[file_check(equals="42")], subject=subject, engine=engine)
    assert gathered["files"]["/root/answer"]["kind"] == "missing"
    assert gathered["errors"] == {}


@pytest.mark.parametrize("kind", ["symlink", "directory", "other"])
def test_only_regular_files_have_content(engine, subject, monkeypatch, kind):
    monkeypatch.setattr(
        engine, "read_file", lambda *_: FileFact("/root/answer", kind, 2, content=b"42")
    )
    gathered = collect(checks=[file_check(equals="42")], subject=subject, engine=engine)
    assert gathered["files"]["/root/answer"]["content"] is None


def test_a_large_file_is_not_stored(engine, subject):
    engine.machines["m"].files["/root/answer"] = b"4" * 1_000_000
    gathered = collect(checks=[file_check(equals="42")], subject=subject, engine=engine)
    assert (
        gathered["files"]["/root/answer"]["truncated"],
        gathered["files"]["/root/answer"]["content"],
    ) == (True, None)
    assert len(json.dumps(gathered)) < 2000


def test_hostile_bytes_make_a_document_that_any_database_takes(engine, subject, monkeypatch):
    output = ProbeFact("command", 0, b"\xff\0\n", b"\0", truncated=False, timed_out=False)
    process = ProcessFact(1, 0, 0, "a\0b", "\udcff" * 5000)
    engine.machines["m"].files["/root/answer"] = bytes(range(256))
    monkeypatch.setattr(engine, "probe_snapshot", lambda *_: [output])
    monkeypatch.setattr(engine, "processes", lambda *_: [process] * 1000)
    checks = [file_check(equals="42"), command_check(), process_check()]
    stored = json.dumps(collect(checks=checks, subject=subject, engine=engine))
    assert "\\u0000" not in stored
    assert "\\udc" not in stored
    assert len(stored) < 400_000


@pytest.mark.parametrize(
    ("method", "key"),
    [
        ("processes", "processes"),
        ("facts", "facts"),
        ("read_file", "file /root/answer"),
        ("probe_snapshot", "commands"),
    ],
)
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (EngineUnavailable("x"), REASONS[EngineUnavailable]),
        (MachineMissing("x"), REASONS[MachineMissing]),
        (ProbeGarbled("x"), REASONS[ProbeGarbled]),
        (EngineError("internal words"), OTHERWISE),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_task_that_fails_is_noted_and_the_others_are_gathered(
    engine, subject, method, key, error, reason
):
    engine.fail(method, error)
    checks = [process_check(), file_check(equals_fact="kernel"), command_check()]
    gathered = collect(checks=checks, subject=subject, engine=engine)
    assert gathered["errors"] == {key: reason}
    assert_in_order(engine, {"processes", "facts"}, {"read_file"}, {"probe_snapshot"})


def test_a_request_too_large_for_the_checker_is_noted(engine, subject, monkeypatch):
    def refuse(*_: object):
        raise collector.ProbeTooLarge("no")

    monkeypatch.setattr(engine, "probe_snapshot", refuse)
    gathered = collect(checks=[command_check()], subject=subject, engine=engine)
    assert "instructor" in gathered["errors"]["commands"]


def test_nothing_new_is_begun_after_a_while(engine, subject, monkeypatch):
    clock = itertools.count(step=9)
    monkeypatch.setattr(collector.time, "monotonic", lambda: float(next(clock)))
    checks = [process_check(), file_check(equals="x"), command_check()]
    gathered = collect(checks=checks, subject=subject, engine=engine)
    assert list(gathered["files"]) == ["/root/answer"]
    assert set(gathered["errors"]) == {"commands"}


def test_tasks_of_one_order_are_gathered_side_by_side(engine, subject, monkeypatch):
    """Each of these waits until the others have begun."""
    together = threading.Barrier(3, timeout=10)

    def read_file(_container: str, path: str, _most: int) -> FileFact:
        together.wait()
        return FileFact(path, "missing")

    monkeypatch.setattr(engine, "read_file", read_file)
    gathered = collect(
        checks=[file_check(id=f"f{i}", path=f"/root/{i}", equals="x") for i in range(3)],
        subject=subject,
        engine=engine,
    )
    assert (set(gathered["files"]), gathered["errors"]) == ({"/root/0", "/root/1", "/root/2"}, {})


def test_a_bug_in_a_task_is_raised_not_swallowed(engine, subject):
    engine.fail("read_file", ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        collect(
            checks=[file_check(id=i, path=f"/root/{i}", equals="x") for i in "ab"],
            subject=subject,
            engine=engine,
        )


@pytest.mark.parametrize(
    ("check", "method", "name"),
    [
        (new_check(ContainerCheck, name="web"), "open_attested", "docker"),
        (new_check(GuestCheck, ask="uname", contains="x"), "ask_guest", "guest it"),
    ],
)
def test_a_machine_that_is_gone_is_not_said_to_be_silent(engine, subject, check, method, name):
    engine.fail(method, MachineMissing("c1"))
    gathered = collect(checks=[check], subject=subject, engine=engine)
    assert gathered["errors"] == {name: REASONS[MachineMissing]}
