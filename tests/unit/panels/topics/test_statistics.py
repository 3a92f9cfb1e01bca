"""What containers use is measured by their engine, or else by their processes."""

import json
from typing import Any

import pytest

from panels.topics import statistics
from panels.topics.statistics import MEASURED_MAX, ControlGroups, ProcessorShares, read_statistics
from sandboxes.engine.facts import NestedUsage
from tests.support.docker_api import Refusal, requests_of, scripted_machine

MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _nothing_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "processor_shares", ProcessorShares())
    monkeypatch.setattr(statistics, "control_groups", ControlGroups())


def identifier(number: int) -> str:
    return f"{number:064x}"


def measured(seconds: float, **memory: Any) -> dict[str, Any]:
    return {"cpu_stats": {"cpu_usage": {"total_usage": seconds * 1e9}}, "memory_stats": memory}


def engine(stats: Any, count: int = 1) -> dict[str, Any]:
    rows = [{"Id": identifier(number)} for number in range(count)]
    paths = {f"/containers/{identifier(number)}/stats": stats for number in range(count)}
    return {"/containers/json": rows, "/info": {"CgroupDriver": "systemd"}, **paths}


def test_engine_measures() -> None:
    memory = {"usage": 30 * MIB, "limit": 64 * MIB, "stats": {"inactive_file": 10 * MIB}}
    sample = read_statistics(scripted_machine(engine(measured(1, **memory))))
    assert sample["source"] == "engine"
    assert sample["containers"] == {
        identifier(0): {"cpu": None, "memory": 20 * MIB, "limit": 64 * MIB}
    }
    assert (sample["processors"], sample["memory_bytes"]) == (1.0, 1024 * MIB)


def test_share_of_a_processor_is_between_two_readings() -> None:
    shares = ProcessorShares()
    assert shares.percent("m", {"a": 10.0}, now=100.0) == {"a": None}
    assert shares.percent("m", {"a": 11.0, "b": 5.0}, now=102.0) == {"a": 50.0, "b": None}
    assert shares.percent("other", {"a": 1.0}, now=102.0) == {"a": None}
    assert shares.percent("m", {"a": 3.0}, now=104.0) == {"a": 0.0}
    assert shares.percent("m", {"a": 9.0}, now=104.0) == {"a": None}


def test_processes_are_measured_where_the_host_sees_them() -> None:
    machine = scripted_machine(engine(measured(1, usage=MIB)))
    (box,) = machine.engine.machines.values()  # type: ignore[attr-defined]  # the fake's
    box.nested = {identifier(0): NestedUsage(2.0, 3 * MIB), identifier(9): NestedUsage(1.0, MIB)}
    sample = read_statistics(machine)
    assert sample["source"] == "processes"
    assert sample["containers"] == {identifier(0): {"cpu": None, "memory": 3 * MIB, "limit": 0}}


def test_engine_without_control_groups_measures_nothing() -> None:
    """It says of each container what the whole machine uses."""
    answers = {**engine(measured(1, usage=MIB)), "/info": {"CgroupDriver": "none"}}
    machine = scripted_machine(answers)
    assert read_statistics(machine)["containers"] == {}
    read_statistics(machine)
    assert [target for _, target in requests_of(machine)].count("/info") == 1


def test_of_many_containers_some_are_measured_and_the_rest_is_counted() -> None:
    machine = scripted_machine(engine(measured(1, usage=MIB), count=50))
    sample = read_statistics(machine)
    assert len(sample["containers"]) == MEASURED_MAX
    assert sample["left_out"] == 50 - MEASURED_MAX
    assert len(requests_of(machine)) == MEASURED_MAX + 2


def test_one_that_has_ended_meanwhile_is_left_out() -> None:
    answers = engine(measured(1, usage=MIB), count=2)
    answers[f"/containers/{identifier(0)}/stats"] = Refusal(404)
    assert list(read_statistics(scripted_machine(answers))["containers"]) == [identifier(1)]


def test_ids_lead_nowhere_else() -> None:
    rows = [{"Id": "../images/json?x="}, {"Id": "a" * 63 + "/"}, {"Id": 7}, "x"]
    machine = scripted_machine({"/containers/json": rows})
    assert read_statistics(machine)["containers"] == {}
    assert len(requests_of(machine)) == 1


@pytest.mark.parametrize(
    "stats",
    [
        None,
        [],
        "x",
        {"memory_stats": [], "cpu_stats": 3},
        {"memory_stats": {"usage": "much"}},
        {"memory_stats": {"usage": 5, "stats": 1, "limit": 1e999}, "cpu_stats": {"cpu_usage": {}}},
        {"memory_stats": {"usage": 10**300}, "cpu_stats": {"cpu_usage": {"total_usage": True}}},
    ],
)
def test_wrong_types_are_no_fault_of_ours(stats: Any) -> None:
    sample = read_statistics(scripted_machine(engine(stats)))
    json.dumps(sample, allow_nan=False)
