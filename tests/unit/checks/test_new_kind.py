"""A new kind of check takes one module, and works wherever checks do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from checks.registry import CHECK_KINDS
from curriculum.admin.editor import change_url
from curriculum.admin.form_parts import Group, Rows, parts_of
from curriculum.errors import InvalidLessonFiles
from curriculum.loader.dump import dump_lessons
from curriculum.loader.reader import read_courses
from curriculum.loader.service import load_lessons
from curriculum.models import Exercise
from curriculum.schema.specs import ExerciseSpec
from grading.assignments import assign
from grading.submissions.payload import submission_payload
from grading.submissions.service import submit
from grading.tasks import grade
from grading.verification.cases import find_cases
from grading.verification.machines import verify
from grading.verification.rig import VerificationRig
from sandboxes.engine.facts import ImageFact
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.models import Sandbox
from tests.support.checks.line_count_check import LineCountCheck
from tests.support.curriculum.admin_forms import typed
from tests.support.curriculum.lesson_files import FOLDER, write

ROW = {
    "kind": "line-count",
    "id": "two",
    "points": 4,
    "path": "/root/list",
    "lines": 2,
    "message": "Write two lines.",
    "read": "Lists",
}
TABLE = """
[[checks]]
kind = "line-count"
id = "two"
points = 4
path = "/root/list"
lines = 2
message = "Write two lines."
read = "Lists"
"""


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    with CHECK_KINDS.registered(LineCountCheck):
        yield


@pytest.fixture
def counted(lessons: Path) -> Path:
    """The folder of lessons, of which one exercise has a check of the new kind alone."""
    write(
        lessons,
        {
            f"{FOLDER}/exercise.toml": TABLE,
            f"{FOLDER}/solution.sh": "a\nb\n",
            f"{FOLDER}/wrong/two-old.sh": "# fails: two\na\nb\n",
        },
    )
    (lessons / FOLDER / "wrong" / "right-old.sh").unlink()
    return lessons


def test_files_have_it(counted: Path) -> None:
    (course,) = read_courses(counted)
    (check,) = course.lessons[0].exercises[0].spec.checks
    assert isinstance(check, LineCountCheck)
    assert (check.points, check.lines) == (4, 2)


def test_faults_of_files_name_its_fields_and_lines(counted: Path) -> None:
    toml = counted / FOLDER / "exercise.toml"
    toml.write_text(TABLE.replace("lines = 2", "lines = 0"))
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(counted)
    (error,) = caught.value.errors
    assert (error.line, error.field, error.message) == (7, "checks[0].lines", "must be at least 1")
    toml.write_text(TABLE.replace("line-count", "word-count"))
    with pytest.raises(InvalidLessonFiles, match=r"known are 'file', .*'line-count'"):
        read_courses(counted)
    toml.write_text(TABLE.replace('kind = "line-count"\n', ""))
    with pytest.raises(InvalidLessonFiles, match=r"needs a kind: file, .* or line-count"):
        read_courses(counted)


def test_a_kind_is_registered_once() -> None:
    with pytest.raises(ValueError, match="line-count already"):
        CHECK_KINDS.register()(LineCountCheck)


def test_the_admins_form_has_its_fields() -> None:
    checks = next(part for part in parts_of(ExerciseSpec).parts if part.name == "checks")
    assert isinstance(checks, Rows)
    assert isinstance(checks.item, Group)
    assert "line-count" in checks.item.kinds
    assert checks.item.of["lines"] == ("line-count",)
    (lines,) = (part for part in checks.item.parts if part.name == "lines")
    assert getattr(lines, "help", "") == "So many are there."


def test_an_author_edits_it(author: Client, counted: Path, tmp_path: Path) -> None:
    load_lessons(root=counted)
    row = Exercise.objects.get(slug="kernel")
    posted = typed(author.get(change_url(row))) | {"checks-0-lines": "3"}
    response: Any = author.post(change_url(row), posted)
    assert response.status_code == 302, response.context["form"].errors
    dump_lessons(root=tmp_path / "out")
    assert "lines = 3\n" in (tmp_path / "out" / FOLDER / "exercise.toml").read_text()
    posted = typed(author.get(change_url(row))) | {"checks-0-lines": "0"}
    response = author.post(change_url(row), posted)
    assert response.context["form"].errors == {"checks[0].lines": ["must be at least 1"]}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("content", "earned", "finding"),
    [(b"a\nb\n", 4, "2 lines"), (b"a\n", 0, "1 lines")],
)
def test_a_submission_is_graded_by_it(
    exercise: Exercise,
    sandbox: Sandbox,
    files: dict[str, bytes],
    queued: list[str],
    published: list[dict[str, Any]],
    content: bytes,
    earned: int,
    finding: str,
) -> None:
    exercise.definition["checks"], exercise.version, exercise.points = [ROW], "v2", 4
    exercise.save()
    files["/root/list"] = content
    submission = submit(assignment=assign(exercise, sandbox.user), sandbox=sandbox)
    grade(str(submission.pk))
    submission.refresh_from_db()
    assert (submission.score, submission.points) == (earned, 4)
    assert submission.evidence["other"] == {"line-count": {"/root/list": len(content) // 2}}
    (result,) = submission_payload(submission)["results"]
    assert (result["expected"], result["found"]) == ("/root/list has 2 lines", finding)
    assert result["message"] == ("" if earned else "Write two lines.")
    assert published[-1]["payload"]["submission"]["results"] == [result]


def test_what_can_not_be_gathered_is_not_graded(
    exercise: Exercise,
    sandbox: Sandbox,
    fake: FakeEngine,
    queued: list[str],
    published: list[dict[str, Any]],
) -> None:
    exercise.definition["checks"], exercise.version = [ROW], "v3"
    exercise.save()
    fake.remove_machine(str(sandbox.pk))
    submission = submit(assignment=assign(exercise, sandbox.user), sandbox=sandbox)
    grade(str(submission.pk))
    submission.refresh_from_db()
    assert (submission.state, submission.score) == ("not_graded", 0)
    assert "not there any more" in submission.reason


class ListShell:
    """Write each line of a script to /root/list, once."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine

    def __call__(self, container_id: str, script: str) -> int:
        lines = [line for line in script.splitlines() if line in ("a", "b")]
        for machine in self.engine.machines.values():
            if machine.container_id == container_id and lines:
                machine.files["/root/list"] = "\n".join(lines).encode()
        return 0


def test_lessons_are_verified_with_it(counted: Path) -> None:
    engine = FakeEngine()
    images = {"linux": ImageFact("drydock/linux:latest", 0)}
    rig = VerificationRig(engine, images, ListShell(engine))
    cases = find_cases(read_courses(counted), exercise="kernel")
    faults = {outcome.case.name: outcome.faults for outcome in verify(cases, rig)}
    assert faults == {"solution": (), "wrong/two-old": ("passes two",)}
