"""*Inside / outside*: what is made of a machine's tree, and of what its engine and guest say."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from core.budgets import PANELS
from panels.errors import PanelRefused, PanelUnavailable
from panels.machine import ObservedMachine
from panels.recently_used import RecentlyUsed
from panels.topics import process_tree
from panels.topics.guest_processes import (
    COMMAND,
    SHOWN_MAX,
    parse_guest_processes,
    read_guest_processes,
)
from panels.topics.process_tree import read_process_tree
from sandboxes.engine.facts import HostProcess, ProcessTree
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.fake.inspector import HOST_NAMESPACES, INNER_NAMESPACES
from sandboxes.engine.linux.process_tree.reader import PROCESSES_MAX
from sandboxes.errors import EngineError
from sandboxes.machine_types.registry import machine_type
from tests.support.docker_api import SILENT, Refusal, requests_of, scripted_machine
from tests.support.machines import machine_on

NESTED = {**INNER_NAMESPACES, "pid": 4_026_534_000, "mnt": 4_026_534_001}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    monkeypatch.setattr(process_tree, "remembered_names", RecentlyUsed(3))
    return FakeEngine()


def observed(engine: FakeEngine, kind: str = "docker") -> ObservedMachine:
    handle = machine_on(engine, kind=kind)
    return ObservedMachine("m", "box", handle.container_id, machine_type(kind), engine, 1)


def process(*numbers: int, parent: int = 0, **fields: Any) -> HostProcess:
    namespaces = INNER_NAMESPACES if len(numbers) == 2 else NESTED
    values: dict[str, Any] = {
        "uid": 1_000_000,
        "inner_uid": 0,
        "name": "sleep",
        "command": "sleep 1234",
        "state": "S",
        "resident_bytes": 4096,
        "namespaces": namespaces,
        "effective": 0x5FB,
        "bounding": 0x5FB,
    }
    return HostProcess(numbers=numbers, parent=parent, **{**values, **fields})


def tree(*processes: HostProcess, **fields: Any) -> ProcessTree:
    values = {"total": len(processes), "host_namespaces": HOST_NAMESPACES, "capabilities": 41}
    return ProcessTree(visible=True, processes=processes, **{**values, **fields})


def show(engine: FakeEngine, shown: ProcessTree, kind: str = "docker") -> dict[str, Any]:
    machine = observed(engine, kind)
    engine.find(machine.container_id).tree = shown
    return read_process_tree(machine)


def test_machine_alone_has_one_world_and_its_limits(engine: FakeEngine) -> None:
    data = read_process_tree(observed(engine, "linux"))
    assert (data["visible"], data["guest"], data["total"]) == (True, False, 1)
    assert data["processes"][0]["pids"] == [1000, 1]
    [world] = data["worlds"]
    assert world["uid"] == 1_000_000
    assert 16 in world["missing"]  # CAP_SYS_MODULE
    assert 0 not in world["missing"]  # CAP_CHOWN
    assert data["limits"]["memory_limit"] == 512 * 2**20
    assert data["host"]["namespaces"]["time"] == world["namespaces"]["time"]


def test_container_is_a_world_of_its_own(engine: FakeEngine) -> None:
    init, shell = process(10, 1), process(11, 7, parent=10)
    inner = [process(12, 8, 1, parent=11), process(13, 9, 5, parent=12)]
    data = show(engine, tree(init, shell, *inner))
    assert [each["world"] for each in data["processes"]] == [0, 0, 1, 1]
    assert [each["namespaces"]["pid"] for each in data["worlds"]] == [
        INNER_NAMESPACES["pid"],
        NESTED["pid"],
    ]
    assert data["worlds"][1]["name"] == ""  # its engine does not answer


def test_wall_of_a_single_process_is_told(engine: FakeEngine) -> None:
    odd = process(11, 7, parent=10, namespaces={**INNER_NAMESPACES, "net": 5})
    data = show(engine, tree(process(10, 1), odd))
    assert [each["own"] for each in data["processes"]] == [{}, {"net": 5}]


def scripted(docker: Mapping[str, Any]) -> ObservedMachine:
    """A machine with a container, whose engine answers from a script."""
    machine = scripted_machine(docker)
    assert isinstance(machine.engine, FakeEngine)
    shown = tree(process(10, 1), process(12, 8, 1, parent=10))
    machine.engine.find(machine.container_id).tree = shown
    return machine


def test_names_of_containers_are_only_labels(engine: FakeEngine) -> None:
    machine = scripted(
        {
            "/containers/json": [{"Id": "a" * 64}, {"Id": 7}, "nonsense", {"Id": "../../x"}],
            f"/containers/{'a' * 64}/json": {"Name": "/<b>web</b>", "State": {"Pid": 8}},
            "/containers/../../x/json": {"Name": ["no"], "State": {"Pid": "8"}},
        }
    )
    assert read_process_tree(machine)["worlds"][1]["name"] == "<b>web</b>"
    times = len(requests_of(machine))
    read_process_tree(machine)
    assert len(requests_of(machine)) == times  # they are known


@pytest.mark.parametrize(
    "lie", ["no list", [{"Id": "x"}], None, b"nonsense", SILENT, Refusal(500, "broken")]
)
def test_engine_that_lies_or_hangs_costs_only_the_names(engine: FakeEngine, lie: Any) -> None:
    machine = scripted({"/containers/json": lie})
    assert read_process_tree(machine)["worlds"][1]["name"] == ""
    times = len(requests_of(machine))
    for _ in range(3):
        read_process_tree(machine)
    assert len(requests_of(machine)) == times  # it is left alone for a while


def test_names_of_old_machines_are_forgotten(engine: FakeEngine) -> None:
    for number in range(9):
        machine = replace(observed(engine), container_id=str(number))
        process_tree.container_names(machine, [8])
    remembered = [str(at) for at in range(9) if process_tree.remembered_names.get(str(at))]
    assert remembered == ["6", "7", "8"]


def test_machine_full_of_processes_and_containers_fits_a_message(engine: FakeEngine) -> None:
    crowd = [
        process(
            20 + number,
            9 + number,
            *([1] if number < 60 else []),
            parent=10,
            name="\N{REPLACEMENT CHARACTER}" * 32,
            command="\N{REPLACEMENT CHARACTER}" * 200,
            namespaces=dict.fromkeys(INNER_NAMESPACES, 5000000000 + number),
        )
        for number in range(PROCESSES_MAX - 1)
    ]
    data = show(engine, tree(process(10, 1), *crowd, total=9000))
    assert (data["total"], len(data["processes"])) == (9000, PROCESSES_MAX)
    assert len(data["worlds"]) == process_tree.WORLDS_MAX
    assert data["more_worlds"] == 61 - process_tree.WORLDS_MAX
    machine_text = json.dumps(show(engine, tree(process(10, 1), *[
        replace(each, name="n" * 32, command="c" * 200) for each in crowd
    ])))  # fmt: skip
    assert len(machine_text) < PANELS.sample_chars


def test_machine_that_just_ended_is_not_shown(engine: FakeEngine) -> None:
    zombie = process(10, 1, state="Z", namespaces={"user": 3})
    for shown in (tree(), tree(zombie)):
        data = show(engine, shown)
        assert (data["visible"], data["worlds"]) == (False, [])


def test_machine_of_another_host_has_limits_and_nothing_else(engine: FakeEngine) -> None:
    data = show(engine, ProcessTree(visible=False))
    assert (data["visible"], data["processes"]) == (False, [])
    assert data["limits"]["processes_limit"] == 256


def test_stopped_machine_is_an_engines_error(engine: FakeEngine) -> None:
    machine = observed(engine)
    engine.stop_machine(machine.container_id)
    with pytest.raises(EngineError):
        read_process_tree(machine)


def test_guest_says_what_runs_in_it(engine: FakeEngine) -> None:
    engine.guest[COMMAND] = (
        b"6.1.0-28-cloud-amd64\n  PID  PPID COMMAND\n"
        b"    1     0 {init} /sbin/init\n    2     0 [kthreadd]\n    9     2 [kworker/0:1]\n"
        b"   88     1 -bash\n"
    )
    data = read_guest_processes(observed(engine, "vm"))
    assert (data["kernel"], data["threads"], data["total"]) == ("6.1.0-28-cloud-amd64", 2, 2)
    assert data["processes"][0] == {"pid": 1, "parent": 0, "name": "{init} /sbin/init"}


def test_silent_guest_is_said_to_be_off(engine: FakeEngine) -> None:
    with pytest.raises(PanelUnavailable, match="The guest does not answer"):
        read_guest_processes(observed(engine, "vm"))
    with pytest.raises(PanelRefused, match="no guest"):
        read_guest_processes(observed(engine, "linux"))


@pytest.mark.parametrize(
    "output",
    [
        b"",
        b"\xff\xfe\x1b]0;title\x07\n1 2 \x1b[31mred",
        b"k\n" + b"1 1 x\n" * 100_000,
        b"9" * 500_000,
        b"k\n" + b"9" * 5000 + b" 1 x\n\xd9\xa3 1 y\n",
    ],
)
def test_whatever_a_guest_says_is_bounded(output: bytes) -> None:
    data = parse_guest_processes(output)
    assert len(data["processes"]) <= SHOWN_MAX
    assert len(json.dumps(data)) < 20_000
    assert all(each["name"].isprintable() for each in data["processes"])
