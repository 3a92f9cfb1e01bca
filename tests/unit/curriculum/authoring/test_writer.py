"""Files that were written by hand keep their bytes wherever a spec says what they said."""

import tomllib

import pytest

from curriculum.loader.writer import edit_yaml, format_course_toml, format_exercise_toml
from curriculum.schema.specs import CourseSpec, ExerciseSpec

FIELDS = {"title": "A", "minutes": 6, "machines": [{"name": "box", "kind": "linux"}]}
EXERCISE = """\
# what it is about
hints = [ { cost = 2, text = "Look." }, "Ask." ]   # two
attempts = 3 # by hand

# what is predicted
[[predictions]]
id = "guess"
label = "How many?"
of = "count"

[[checks]]
kind = "measurement" # by hand
id = "count"
path = '/root/count'
of = "processes"
within = 2
message = "Count."
read = "Here."

# the other one
[[checks]]
id = "there"
kind   = "file"
path = "/root/count"
type = "regular"
message = "Write it."
read = "Here."
"""


def exercise(text: str, **changes: object) -> ExerciseSpec:
    fields = tomllib.loads(text) | {"slug": "a", "title": "A", "machine": "box"}
    return ExerciseSpec.model_validate(fields | changes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "# top\ntitle:   'A'  # why\nmachines: [ {name: box,  kind: linux} ]\nminutes: 5\n",
            "# top\ntitle:   'A'  # why\nmachines: [ {name: box,  kind: linux} ]\nminutes: 6\n",
        ),
        (
            (
                "minutes: 5\nsummary: |\n  x\n  minutes: 5\n\ntitle: A\nmachines:\n- name: box\n "
                " kind: linux\n"
            ),
            (
                "minutes: 6\nsummary: |\n  x\n  minutes: 5\n\ntitle: A\nmachines:\n- name: box\n "
                " kind: linux\n"
            ),
        ),
        (
            "{title: A, minutes: 5}\n",
            "title: A\nminutes: 6\nmachines:\n- name: box\n  kind: linux\n",
        ),
    ],
)
def test_front_matter_changes_in_the_field_that_changed(text: str, expected: str) -> None:
    assert edit_yaml(text, FIELDS) == expected


def test_front_matter_quotes_what_would_be_read_as_something_else() -> None:
    assert edit_yaml("title: A\n", {"title": "yes"}) == "title: 'yes'\n"


def test_a_course_keeps_its_comments() -> None:
    old = b'title = "Old"   # to be found\n\n# last in the list\nposition = 9\n'
    new = format_course_toml(CourseSpec(slug="a", title="New", position=9), old)
    assert new == old.replace(b"Old", b"New")


def test_a_changed_head_leaves_the_tables_alone() -> None:
    new = format_exercise_toml(exercise(EXERCISE, attempts=4), EXERCISE.encode()).decode()
    assert new == EXERCISE.replace("attempts = 3", "attempts = 4")


def test_a_changed_check_keeps_what_it_says_beside_the_change() -> None:
    old = exercise(EXERCISE)
    checks = [check.model_dump() for check in old.checks]
    checks[0]["within"] = 4
    new = format_exercise_toml(exercise(EXERCISE, checks=checks), EXERCISE.encode()).decode()
    assert new == EXERCISE.replace("within = 2", "within = 4.0")


def test_a_check_that_goes_takes_nothing_along() -> None:
    old = exercise(EXERCISE)
    checks = [old.checks[0].model_dump()]
    new = format_exercise_toml(exercise(EXERCISE, checks=checks), EXERCISE.encode()).decode()
    assert new == EXERCISE[: EXERCISE.rindex("\n[[checks]]") + 1]


def test_what_is_new_is_written_as_it_reads() -> None:
    hints = [{"text": "It is *in* there.", "cost": 2}, "A longer hint than fits on a line."]
    text = format_exercise_toml(exercise(EXERCISE, hints=hints)).decode()
    assert text.startswith(
        "hints = [\n"
        '  {text = "It is *in* there.", cost = 2},\n'
        '  "A longer hint than fits on a line.",\n'
        "]\nattempts = 3\n"
    )
