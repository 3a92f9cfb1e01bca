"""*Race*: one clock a machine, whatever engines and guests say or don't."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from core.waiting import wait_until
from panels.errors import PanelRefused, PanelUnavailable
from panels.kinds import race as race_kind
from panels.kinds.race import PANEL, read_race, run_race, start_race
from panels.machine import ObservedMachine
from panels.races import container, guest
from panels.races.guest import ANSWER, BOOT_ID, KERNEL, PROMPT, QUESTION, RESTART
from panels.races.race import LINE_CHARS, LINES_MAX, RACES_AT_ONCE, Race, RaceBook
from panels.topics.guest_processes import COMMAND
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.machine_types.registry import machine_type, machine_types
from tests.support.docker_api import Refusal, requests_of, scripted_machine
from tests.support.machines import machine_on

ID = "a" * 64
IMAGES = [
    {"Id": "sha256:1", "RepoTags": ["drydock/busybox:latest"], "Size": 4_000_000},
    {"Id": "sha256:2", "RepoTags": ["drydock/debian:latest"], "Size": 124_000_000},
    {"Id": "sha256:3", "RepoTags": ["<none>:<none>"], "Size": 1},
    {"Id": "sha256:4", "RepoTags": None, "Size": "large"},
    "nonsense",
]
DOCKER: dict[str, Any] = {
    "/images/json": IMAGES,
    "/containers/create": {"Id": ID},
    f"POST /containers/{ID}/start": b"",
    f"/containers/{ID}/logs": b"6.1.0-test\r\n",
    f"/containers/{ID}/json": {"State": {"Pid": 1}, "SizeRw": 12},
    f"DELETE /containers/{ID}": b"",
}


class Ticks:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Ticks:
    return Ticks()


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> RaceBook:
    races = RaceBook()
    monkeypatch.setattr(race_kind, "RACES", races)
    return races


@pytest.fixture
def patient() -> Iterator[threading.Event]:
    """What races wait for that shall go on."""
    event = threading.Event()
    yield event
    event.set()


def guest_machine(kind: str, engine: FakeEngine | None = None) -> ObservedMachine:
    engine = engine or FakeEngine()
    handle = machine_on(engine, kind=kind)
    return ObservedMachine("g", "vm", handle.container_id, machine_type(kind), engine, 1, "tcg")


# -- The clock and the log.


def test_clock_runs_from_the_start_until_it_answers(clock: Ticks) -> None:
    race = Race(clock=clock)
    clock.now += 5
    assert race.snapshot()["elapsed_ms"] == 0  # getting ready does not count
    race.begin()
    clock.now += 1.5
    race.note("half way")
    assert race.snapshot()["elapsed_ms"] == 1500
    clock.now += 0.5
    race.stop(" 6.1.0\x1b \n")
    clock.now += 60
    race.finish(memory=1)
    snapshot = race.snapshot()
    assert (snapshot["state"], snapshot["elapsed_ms"], snapshot["answered"]) == ("done", 2000, True)
    assert snapshot["kernel"] == "6.1.0␛"
    assert snapshot["log"] == [[1500, "half way"]]


def test_log_is_bounded_and_counted(clock: Ticks) -> None:
    race = Race(clock=clock)
    for _ in range(LINES_MAX + 5):
        race.note("\x1b[31m" + "x" * 10_000)
    snapshot = race.snapshot()
    assert (len(snapshot["log"]), snapshot["dropped"]) == (LINES_MAX, 5)
    assert all(len(line) <= LINE_CHARS and "\x1b" not in line for _at, line in snapshot["log"])
    assert len(json.dumps(snapshot)) < 100_000


# -- Starting.


def waiting(event: threading.Event) -> Callable[[Race], None]:
    def run(race: Race) -> None:
        event.wait(30)
        race.finish()

    return run


def test_machine_has_one_race_at_a_time(book: RaceBook, patient: threading.Event) -> None:
    first = book.start("m", waiting(patient))
    with pytest.raises(PanelRefused, match="on already"):
        book.start("m", waiting(patient))
    patient.set()
    assert wait_until(lambda: first.is_over, seconds=10, poll_seconds=0.01)
    assert book.start("m", waiting(patient)).id != first.id


def test_not_everybody_races_at_once(book: RaceBook, patient: threading.Event) -> None:
    for number in range(RACES_AT_ONCE):
        book.start(f"m{number}", waiting(patient))
    with pytest.raises(PanelUnavailable, match="Many others"):
        book.start("late", waiting(patient))


def test_old_races_are_forgotten(book: RaceBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panels.races.race.REMEMBERED_MAX", 3)
    for number in range(9):
        race = book.start(f"m{number}", Race.finish)
        assert wait_until(lambda race=race: race.is_over, seconds=10, poll_seconds=0.01)
    assert book.latest("m0").state == "idle"
    assert book.latest("m8").state == "done"


def test_machine_without_contestant_is_refused(book: RaceBook) -> None:
    with pytest.raises(PanelRefused, match="neither"):
        start_race(guest_machine("linux"), {})


def test_page_hears_which_side_a_machine_is_on(book: RaceBook) -> None:
    vm = read_race(guest_machine("vm"))
    assert (vm["side"], vm["emulated"], vm["restarts"], vm["state"]) == (
        "guest",
        True,
        True,
        "idle",
    )
    rack = read_race(replace(guest_machine("hypervisor"), accelerator="kvm"))
    assert (rack["side"], rack["emulated"], rack["restarts"]) == ("guest", False, False)
    assert read_race(scripted_machine({}))["side"] == "container"


def test_lesson_with_both_machines_has_the_panel() -> None:
    types = {each.name: each for each in machine_types()}
    assert PANEL.is_for([types["docker"], types["vm"]])
    assert PANEL.is_for(iter([types["linux"], types["hypervisor"], types["docker"]]))
    assert not PANEL.is_for([types["docker"], types["linux"]])
    assert not PANEL.is_for([types["vm"], types["hypervisor"]])
    assert not PANEL.is_for([])


# -- The container.


def test_container_is_made_started_measured_and_removed() -> None:
    machine, race = scripted_machine(DOCKER), Race()
    run_race(machine, race)
    snapshot = race.snapshot()
    assert (snapshot["state"], snapshot["kernel"]) == ("done", "6.1.0-test")
    facts = snapshot["facts"]
    assert facts["image"] == "drydock/debian:latest"  # like the guest's system
    assert (facts["disk"], facts["disk_shared"]) == (12, 124_000_000)
    assert (facts["processes"], facts["memory"]) == (1, 1_000_000)
    assert [line for line in requests_of(machine) if line[0] == "DELETE"] == [
        ("DELETE", f"/containers/{ID}?force=1")
    ]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"/images/json": []}, "no image to start"),
        ({"/images/json": "nonsense"}, "no image to start"),
        ({"/containers/create": Refusal(409, "no room <b>")}, "no room <b>"),
        ({f"POST /containers/{ID}/start": Refusal(500, 'exec: "sh": not found')}, "not found"),
        ({f"/containers/{ID}/logs": b""}, "says nothing"),
    ],
)
def test_container_that_does_not_come_is_said_why(
    change: dict[str, Any], error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container, "ANSWER_SECONDS", 0.1)
    machine, race = scripted_machine(DOCKER | change), Race()
    run_race(machine, race)
    assert race.snapshot()["state"] == "failed"
    assert error in race.snapshot()["error"]
    made = ("POST", f"/containers/{ID}/start") in requests_of(machine)
    assert made == (("DELETE", f"/containers/{ID}?force=1") in requests_of(machine))


def test_engine_that_does_not_answer_ends_the_race() -> None:
    machine, race = scripted_machine({}), Race()
    machine.engine.stop_machine(machine.container_id)
    run_race(machine, race)
    assert race.snapshot()["state"] == "failed"


# -- The guest of a `vm` machine.


class RestartingGuest(FakeEngine):
    """A guest that boots when it is told to; `silent` times it does not answer meanwhile."""

    def __init__(self, silent: int = 2, log: bytes = b"") -> None:
        super().__init__()
        self.guest = {BOOT_ID: b"old\n", RESTART: b"", COMMAND: b"6.2\n1 0 init\n2 0 [kthreadd]\n"}
        self._silent, self._log = silent, log

    def ask_guest(self, container_id: str, command: str, seconds: float) -> bytes:
        if command == ANSWER and ("ask_guest", RESTART) in self.calls:
            self._silent -= 1
            if self._silent < 0:
                self.guest[ANSWER] = b"new\n6.2\n" + self._log
        return super().ask_guest(container_id, command, seconds)


def test_guest_is_restarted_and_answers_after_its_boot() -> None:
    log = b"[    0.000000] Linux version 6.2\n[   12.345678] Run /init\nno time\n[  x] <b>\n"
    race = Race()
    run_race(guest_machine("vm", RestartingGuest(log=log)), race)
    snapshot = race.snapshot()
    assert (snapshot["state"], snapshot["kernel"]) == ("done", "6.2")
    assert [0, "Linux version 6.2"] in snapshot["log"]
    assert [12345, "Run /init"] in snapshot["log"]
    assert not [line for _at, line in snapshot["log"] if "no time" in line or "<b>" in line]
    assert (snapshot["facts"]["processes"], snapshot["facts"]["threads"]) == (1, 1)
    assert snapshot["facts"]["memory"] is None  # no emulator can be seen


def test_guest_that_is_off_is_not_raced() -> None:
    race = Race()
    run_race(guest_machine("vm"), race)
    assert "turn it on" in race.snapshot()["error"]


def test_guest_that_never_comes_back_ends_the_race(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest, "BOOT_SECONDS", 0.2)
    race = Race()
    run_race(guest_machine("vm", RestartingGuest(silent=10_000)), race)
    assert "has not answered" in race.snapshot()["error"]


# -- A guest on a serial line.


class SerialEngine(FakeEngine):
    """A machine in which a guest writes these pieces on its serial line, one each time."""

    def __init__(self, *pieces: bytes) -> None:
        super().__init__()
        self._pieces = list(pieces)
        self.sent: list[bytes] = []
        self.script_runner = lambda *_: 0

    def open_connection(
        self, container_id: str, socket: str, *, wait_seconds: float = 0.0
    ) -> "SerialEngine":
        return self

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def receive(self, seconds: float) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    def close(self) -> None:
        self._pieces = []


ECHO = QUESTION.replace(b"\r", b"\r\n")
PIECES = (
    b"[    0.000000] Linux ver",
    b"sion 6.1\r\n\x1b[1mhello\x1b[0m\r\nroot@gu",
    b"est:~# ",
    ECHO,
    b"kernel=6.1.0-cloud.\r\nroot@guest:~# ",
    b"6.1.0-cloud\r\n    1     0 init\r\n    2     0 [kthreadd]\r\nend-of-list\r\n",
)


def test_guest_beside_the_shell_boots_answers_and_is_ended() -> None:
    engine, race = SerialEngine(*PIECES), Race()
    run_race(guest_machine("hypervisor", engine), race)
    snapshot = race.snapshot()
    assert (snapshot["state"], snapshot["kernel"]) == ("done", "6.1.0-cloud")
    lines = [line for _at, line in snapshot["log"]]
    assert lines[1:3] == ["Linux version 6.1", "hello"]
    assert not [line for line in lines if "printf" in line]
    assert snapshot["facts"]["names"] == ["1 init"]
    assert [script for _id, script in engine.scripts] == [guest.START, guest.STOP]


@pytest.mark.parametrize(
    "pieces", [(), PIECES[:2], PIECES[:4], (b"x" * 65536,) * 20, (PROMPT, b"kernel=%s.\r\n")]
)
def test_guest_that_floods_or_dies_is_ended(pieces: tuple[bytes, ...]) -> None:
    engine, race = SerialEngine(*pieces), Race()
    run_race(guest_machine("hypervisor", engine), race)
    assert race.snapshot()["state"] == "failed"
    assert engine.scripts[-1][1] == guest.STOP


def test_question_is_not_taken_for_its_answer() -> None:
    assert KERNEL.search(ECHO) is None
    assert not re.search(guest.END, guest.LISTING)
