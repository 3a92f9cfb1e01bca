"""Lessons are verified both ways: what the outcomes say, on an engine in memory."""

from pathlib import Path

import pytest

from curriculum.loader.reader import read_courses
from grading.verification.cases import Outcome, find_cases
from grading.verification.machines import verify
from grading.verification.rig import VerificationRig
from sandboxes.engine.facts import ImageFact
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineError
from tests.support.curriculum.verified_files import CHECKS


class FakeShell:
    """Scripts in a language of their own, in the machines of a fake engine."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.stuck = False

    def __call__(self, container_id: str, script: str) -> int:
        files = next(
            machine
            for machine in self.engine.machines.values()
            if machine.container_id == container_id
        ).files
        for line in script.splitlines():
            word, _, rest = line.partition(" ")
            if word in ("write", "append"):
                existing = files.get("/root/answer", b"") if word == "append" else b""
                files["/root/answer"] = existing + rest.encode()
            elif word == "stuck":
                self.stuck = True
            elif word == "fail":
                return int(rest)
            elif word == "hang":
                raise EngineError("a script did not end")
            elif word == "touch" and self.stuck:
                return 1
        return 0


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


def try_all(folder: Path, engine: FakeEngine, seeds: int = 1, **options: int) -> dict[str, Outcome]:
    rig = VerificationRig(
        engine, {"linux": ImageFact("drydock/linux:latest", 0)}, FakeShell(engine)
    )
    cases = find_cases(read_courses(folder.parents[2].parent), seeds=seeds)
    return {outcome.case.name: outcome for outcome in verify(cases, rig, **options)}


def test_a_good_exercise_has_no_faults(folder, engine):
    outcomes = try_all(folder, engine, jobs=2)
    assert {name: (outcome.faults, outcome.error) for name, outcome in outcomes.items()} == {
        "solution": ((), ""),
        "wrong/answer-off-by-one": ((), ""),
    }


def test_no_machine_is_left(folder, engine):
    engine.delay["remove_machine"] = 0.05  # nobody waits for it but the end
    try_all(folder, engine)
    assert engine.machines == {}


def test_a_machine_that_the_engine_does_not_let_go_of_is_no_fault_of_the_lesson(folder, engine):
    engine.fail("remove_machine", EngineError("busy"))
    assert all(outcome.passed for outcome in try_all(folder, engine).values())
    assert len(engine.machines) == 1


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("write 41\n", "the solution fails answer: “41”"),
        ("append 42\n", "the solution run twice fails answer: “4242”"),
        ("write 42\nfail 3\n", "the solution ends with exit code 3"),
        ("write 42\nstuck\n", "the machine can't go on"),
    ],
)
def test_a_solution_that_is_none_is_a_fault(folder, engine, script, fault):
    (folder / "solution.sh").write_text(script)
    assert fault in "\n".join(try_all(folder, engine)["solution"].faults)


def test_an_exercise_that_is_passed_untouched_is_a_fault(folder, engine):
    (folder / "setup.sh").write_text("write /root/answer 42\n")
    assert try_all(folder, engine)["solution"].faults == ("untouched, answer is passed already",)


def test_a_wrong_answer_that_passes_is_a_fault(folder, engine):
    (folder / "wrong" / "answer-off-by-one.sh").write_text("# fails: answer\nwrite 42\n")
    assert try_all(folder, engine)["wrong/answer-off-by-one"].faults == ("passes answer",)


@pytest.mark.parametrize("head", ["", "# fails: other\n"])
def test_a_wrong_answer_that_names_no_check_is_a_fault(folder, engine, head):
    (folder / "wrong" / "answer-off-by-one.sh").write_text(f"{head}write 41\n")
    assert "names no check" in try_all(folder, engine)["wrong/answer-off-by-one"].faults[0]


@pytest.mark.parametrize(("file", "text"), [("setup.sh", "exit 1\n"), ("solution.sh", "hang\n")])
def test_what_breaks_is_an_error_and_no_fault(folder, engine, file, text):
    (folder / file).write_text(text)
    outcome = try_all(folder, engine)["solution"]
    assert (outcome.faults, outcome.error.partition(":")[0]) == ((), "EngineError")
    assert engine.machines == {}


def test_an_exercise_with_parameters_is_tried_with_several_students_values(folder, engine):
    parameter = '[[parameters]]\nkind = "random"\nname = "number"\nmin = 10\nmax = 999\n\n'
    (folder / "exercise.toml").write_text(
        CHECKS.replace("[[checks]]", f"{parameter}[[checks]]").replace("42", "{{number}}")
    )
    (folder / "solution.sh").write_text("write {{ number }}\n")
    (folder / "setup.sh").write_text("write /srv/number {{ number }}\n")
    outcomes = try_all(folder, engine, seeds=3)
    assert [(outcome.faults, outcome.error) for outcome in outcomes.values()] == [((), "")] * 4
    numbers = {
        outcome.case.values["number"] for outcome in outcomes.values() if outcome.case.is_solution
    }
    assert {
        name.partition("=")[2] for name in outcomes if name.startswith("solution number=")
    } == numbers
    assert len(numbers) == 3
    assert {script for _, script in engine.scripts} == {
        f"write /srv/number {number}\n" for number in numbers
    }


def test_a_setup_that_can_not_stand_a_second_time_is_an_error(folder, engine):
    (folder / "setup.sh").write_text("x\n")
    codes = iter([0, 1, 0])
    engine.script_runner = lambda *_: next(codes)
    assert (
        try_all(folder, engine)["solution"].error == "EngineError: setup.sh ended with exit code 1"
    )
