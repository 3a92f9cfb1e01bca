"""Predict and measure in exercises: as files, in the admin, and back."""

from pathlib import Path

import pytest

from curriculum.admin.editor import change_url
from curriculum.authoring.service import save_exercise_spec
from curriculum.errors import InvalidLessonFiles
from curriculum.loader.contents import read_contents
from curriculum.loader.dump import dump_lessons
from curriculum.loader.reader import read_courses
from curriculum.loader.service import load_lessons
from curriculum.models import Exercise, Lesson
from tests.support.curriculum.admin_forms import typed
from tests.support.curriculum.lesson_files import Edit

TABLE = "boxes/01-first/exercises/sleeper/exercise.toml"
LESSON = "boxes/01-first/lesson.md"
CHECKS = """\
# What it takes.
[[predictions]]
id = "memory"
label = "How much memory does it take?"
unit = "MiB"
min = 0.5
max = 1000
of = "memory"   # below

[[checks]]
kind = "measurement"
id = "memory"
path = "/root/memory"
of = "process-memory"
process = "sleep"
unit = "MiB"
within_percent = 20
within = 0.5
message = "Measure again."
read = "The second part."
"""


@pytest.fixture
def measuring(lessons: Path, edit: Edit) -> Path:
    edit(TABLE, "", CHECKS)
    wrong = lessons / "boxes/01-first/exercises/sleeper/wrong"
    (wrong / "runs-short.sh").rename(wrong / "memory-none.sh")
    edit("boxes/01-first/exercises/sleeper/wrong/memory-none.sh", "fails: runs", "fails: memory")
    return lessons


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('unit = "MiB"\nmin', 'unit = "s"\nmin', ":5: predictions[0].unit: may be one of B, kB"),
        ("min = 0.5", "min = 1000", ":7: predictions[0].max: must be greater than min"),
        ("min = 0.5", 'min = "few"', ":6: predictions[0].min: must be a number"),
        ("min = 0.5", "min = -inf", ":6: predictions[0].min: must be"),
        ("min = 0.5", "least = 0.5", ":6: predictions[0].least: is not a field that belongs here"),
        (
            'of = "memory"   # below',
            'of = "disk"',
            ":8: predictions[0].of: disk is not a measurement check",
        ),
        (
            'of = "process-memory"',
            'of = "disk"',
            ":14: checks[0].of: must be 'memory', 'process-memory'",
        ),
        (
            'unit = "MiB"\nwithin',
            'unit = "mib"\nwithin',
            ":16: checks[0].unit: may be one of B, kB",
        ),
        ('process = "sleep"\n', "", ":10: checks[0].process: goes with of = process-memory"),
        ("within = 0.5", "within = 0", ":18: checks[0].within: must be more than 0"),
        ("within_percent = 20\nwithin = 0.5\n", "", ":10: checks[0]: needs within_percent"),
        (
            'of = "process-memory"\nprocess = "sleep"\nunit = "MiB"',
            'of = "boot-time"\nunit = "s"',
            ":5: predictions",
        ),
    ],
)
def test_fault_names_file_line_and_field(measuring, edit, old, new, fault):
    edit(TABLE, old, new)
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(measuring)
    assert str(caught.value.errors[0]).removeprefix(f"{measuring}/").startswith(TABLE + fault), (
        caught.value.errors
    )


def test_two_predictions_of_one_measurement_are_refused(measuring, edit):
    twin = '[[predictions]]\nid = "again"\nlabel = "And?"\nunit = "B"\nof = "memory"\n\n[[checks]]'
    edit(TABLE, "[[checks]]", twin)
    with pytest.raises(InvalidLessonFiles, match="already predicted"):
        read_courses(measuring)


def test_boot_is_timed_in_machines_with_a_guest_only(measuring, edit):
    edit(
        TABLE,
        'of = "process-memory"\nprocess = "sleep"\nunit = "MiB"',
        'of = "boot-time"\nunit = "s"',
    )
    edit(TABLE, 'unit = "MiB"', 'unit = "s"')
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(measuring)
    fault = f"{TABLE}:14: checks[0].of: boot-time takes a machine of the kind vm or vm-resume"
    assert [str(error).removeprefix(f"{measuring}/") for error in caught.value.errors] == [fault]
    edit(LESSON, "kind: linux", "kind: vm")
    assert read_courses(measuring)[0].lessons[0].spec.exercises[1].checks[0].of == "boot-time"


@pytest.mark.django_db
def test_dump_is_what_was_loaded(measuring, tmp_path):
    load_lessons(root=measuring)
    dump_lessons(root=tmp_path / "out")
    assert read_contents(tmp_path / "out") == read_contents(measuring)
    stored = Exercise.objects.get(slug="sleeper").definition
    assert (stored["predictions"][0]["min"], stored["checks"][0]["within"]) == (0.5, 0.5)


@pytest.mark.django_db
def test_change_of_one_row_leaves_the_others_words(measuring, tmp_path):
    load_lessons(root=measuring)
    spec = read_courses(measuring)[0].lessons[0].spec.exercises[1]
    check = spec.checks[0].model_copy(update={"within": 1.25})
    save_exercise_spec(
        lesson=Lesson.objects.get(), spec=spec.model_copy(update={"checks": (check,)})
    )
    dump_lessons(root=tmp_path)
    text = (tmp_path / TABLE).read_text()
    assert 'of = "memory"   # below' in text
    assert "within = 1.25" in text


@pytest.mark.django_db
def test_admin_has_typed_fields_for_all_of_it(measuring, author):
    load_lessons(root=measuring)
    row = Exercise.objects.get(slug="sleeper")
    form = typed(author.get(change_url(row)))
    assert (form["predictions-0-min"], form["predictions-0-unit"], form["checks-0-of"]) == (
        "0.5",
        "MiB",
        "process-memory",
    )
    assert author.post(change_url(row), form).status_code == 302
    row.refresh_from_db()
    changed = form | {
        "stamp": typed(author.get(change_url(row)))["stamp"],
        "checks-0-within": "2.5",
        "predictions-0-max": "",
    }
    assert author.post(change_url(row), changed).status_code == 302
    row.refresh_from_db()
    assert row.definition["checks"][0]["within"] == 2.5
    assert row.definition["predictions"][0]["max"] is None
    wrong = typed(author.get(change_url(row))) | {"predictions-0-min": "few"}
    page = author.post(change_url(row), wrong)
    assert page.status_code == 422
    assert page.context["form"].errors == {"predictions[0].min": ["must be a number"]}
