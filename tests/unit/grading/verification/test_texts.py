"""Lessons' texts are run block by block, and what they state is compared; in machines in memory."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from curriculum.loader.reader import read_courses
from curriculum.rendering.run_blocks import RunBlock
from grading.verification.machines import verify
from grading.verification.rig import Printed, VerificationRig
from grading.verification.texts import find_texts, saving_command
from sandboxes.engine.facts import ImageFact
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineError
from tests.support.curriculum.verified_files import EXERCISE, LESSON

TEXT = '```bash run=box prints="one"\necho one\n```\n\n::: exercise write\n\n'
TWO_MACHINES = LESSON.replace(
    "    kind: linux\n", "    kind: linux\n  - name: two\n    kind: linux\n"
)


class EchoTerminal:
    """Print what a block says after `echo`; know a few other words."""

    def __init__(self) -> None:
        self.typed: list[str] = []

    def run(self, code: str, *, until: str, seconds: float) -> Printed:
        self.typed.append(code)
        word, _, rest = code.strip().partition(" ")
        if word == "gone":
            raise EngineError("the terminal is gone")
        if word == "hang" and until != "up":
            return Printed("still here", None, ended=False)
        return Printed(rest, int(rest) if word == "fail" else 0)


class Setting:
    """Hold an engine in memory, and the terminals that were opened."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.terminals: list[EchoTerminal] = []

    @contextmanager
    def open_terminal(self, _container_id: str) -> Iterator[EchoTerminal]:
        self.terminals.append(EchoTerminal())
        yield self.terminals[-1]

    def outcome(self, root):
        images = {"linux": ImageFact("drydock/linux:latest", 0)}
        rig = VerificationRig(self.engine, images, lambda *_: 0, self.open_terminal)
        (outcome,) = verify(find_texts(read_courses(root)), rig)
        assert self.engine.machines == {}
        return outcome


@pytest.fixture
def setting() -> Setting:
    return Setting()


def rewrite(folder, text, lesson=LESSON):
    root = folder.parents[2].parent
    body = lesson.replace("## One\n\n::: exercise write\n", text)
    (folder.parents[1] / "lesson.md").write_text(body)
    return root


def test_a_text_that_says_what_it_prints_has_no_faults(folder, setting):
    root = rewrite(folder, TEXT)
    outcome = setting.outcome(root)
    assert (outcome.case.suite, outcome.case.name) == ("course/first", "text")
    assert outcome.passed


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        ('prints="two"\necho one', "lesson.md:10: `echo one` does not print “two”: one"),
        ('lacks="one"\necho one', "lesson.md:10: `echo one` prints “one”: one"),
        (
            'matches="^o.$"\necho one',
            "lesson.md:10: `echo one` prints nothing that matches ^o.$: one",
        ),
        ("exit=0\nfail 3", "lesson.md:10: `fail 3` ends with exit code 3, not 0: 3"),
        ("exit=3\necho one", "lesson.md:10: `echo one` ends with exit code 0, not 3: one"),
        ("exit=any\nhang", "lesson.md:10: `hang` has not ended: still here"),
        ("until=down\nhang", "lesson.md:10: `hang` has not ended: still here"),
    ],
)
def test_a_text_that_says_otherwise_is_a_fault_at_its_line(folder, setting, block, fault):
    root = rewrite(folder, f"\n```bash run=box {block}\n```\n\n::: exercise write\n")
    assert setting.outcome(root).faults == (fault,)


@pytest.mark.parametrize("block", ["exit=any\nfail 3", "exit=3\nfail 3", "until=up\nhang"])
def test_an_end_that_is_stated_is_no_fault(folder, setting, block):
    root = rewrite(folder, f"```bash run=box {block}\n```\n\n::: exercise write\n")
    assert setting.outcome(root).passed


def test_blocks_are_typed_in_order_those_of_a_task_where_it_stands(folder, setting):
    (folder / "exercise.md").write_text(f"{EXERCISE}\n```bash run=box\necho task\n```\n")
    text = "```bash run=box\necho 1\n```\n\n::: exercise write\n\n```bash run=box\necho 2\n```\n"
    assert setting.outcome(rewrite(folder, text)).passed
    (terminal,) = setting.terminals
    assert terminal.typed == ["echo 1\n", "echo task\n", "echo 2\n"]


def test_each_machine_has_a_terminal_of_its_own(folder, setting):
    text = "```bash run=box\necho 1\n```\n\n::: exercise write\n\n```bash run=two\necho 2\n```\n"
    assert setting.outcome(rewrite(folder, text, TWO_MACHINES)).passed
    assert [terminal.typed for terminal in setting.terminals] == [["echo 1\n"], ["echo 2\n"]]


def test_a_machine_is_prepared_as_its_students_are(folder, setting):
    (folder / "setup.sh").write_text("echo prepared\n")
    assert setting.outcome(rewrite(folder, TEXT)).passed
    assert [script for _, script in setting.engine.scripts] == ["echo prepared\n"]


def test_what_breaks_is_an_error_and_no_fault(folder, setting):
    root = rewrite(folder, "```bash run=box\ngone\n```\n\n::: exercise write\n")
    outcome = setting.outcome(root)
    assert (outcome.faults, outcome.error) == ((), "EngineError: the terminal is gone")


def test_texts_are_chosen_by_course_and_lesson(folder):
    courses = read_courses(rewrite(folder, TEXT))
    chosen = [{}, {"course": "course"}, {"lesson": "first"}]
    assert [len(find_texts(courses, **choice)) for choice in chosen] == [1, 1, 1]
    others = [{"course": "x"}, {"lesson": "x"}, {"exercise": "write"}]
    assert [find_texts(courses, **choice) for choice in others] == [[], [], []]


def test_a_text_without_blocks_takes_no_machine(folder):
    assert find_texts(read_courses(folder.parents[2].parent)) == []


def test_a_block_that_is_saved_is_written_at_its_place(folder, setting):
    saved = "```dockerfile save=/root/Dockerfile\nFROM one\n```\n\n"
    outcome = setting.outcome(rewrite(folder, saved + TEXT))
    assert outcome.passed
    first, second = setting.terminals[0].typed
    assert first.startswith("mkdir -p /root && base64 -d > /root/Dockerfile")
    assert second == "echo one\n"


def test_a_saved_file_has_what_the_block_has(tmp_path):
    path, code = tmp_path / "a folder" / "it's $HOME", "END\n\ttab 'quote' $x `y` \\\n漢字\n" * 40
    command = saving_command(RunBlock("box", code, 0, save=str(path)))
    subprocess.run(["bash", "-c", command], check=True)
    assert path.read_text() == code
