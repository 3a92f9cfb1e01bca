"""Read a quiz from its files, and show it to a student without its key."""

import json
import tomllib
from pathlib import Path

import pytest

from curriculum.errors import InvalidLessonFiles
from curriculum.loader.reader import read_courses
from curriculum.loader.script_faults import script_faults
from curriculum.rendering.quiz import present
from curriculum.schema.specs import ExerciseSpec
from questions.base import BaseQuestion
from tests.support.curriculum.lesson_files import Edit, write
from tests.support.curriculum.quiz_files import FILES, FOLDER, PLACED, QUIZ

TOML = f"{FOLDER}/exercise.toml"


@pytest.fixture
def quiz(lessons: Path, edit: Edit) -> Path:
    """Add a quiz to the end of the small course."""
    write(lessons, FILES)
    lesson = (lessons / "boxes/01-first/lesson.md").read_text()
    edit("boxes/01-first/lesson.md", "", lesson + PLACED)
    return lessons


def spec_of(lessons) -> ExerciseSpec:
    return read_courses(lessons)[0].lessons[0].spec.exercises[-1]


def faults_of(lessons):
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(lessons)
    return [
        (error.file.name, error.line, error.field, error.message) for error in caught.value.errors
    ]


def test_a_quiz_needs_no_machine_and_no_scripts(quiz):
    spec = spec_of(quiz)
    assert (spec.machine, spec.checks, spec.points) == (None, (), 14)
    assert [question.kind for question in spec.questions] == [
        "single",
        "multiple",
        "number",
        "short-text",
        "order",
        "match",
    ]
    assert script_faults(read_courses(quiz)) == []


def test_a_script_of_a_quiz_tests_nothing(quiz):
    write(quiz, {f"{FOLDER}/solution.sh": "true\n"})
    assert [fault.message for fault in script_faults(read_courses(quiz))] == [
        "tests nothing: the exercise has no checks"
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message"),
    [
        ('kind = "single"\n', "", 3, "questions[0]",
         "needs a kind: single, multiple, number, short-text, order or match"),
        ('kind = "single"', 'kind = "guess"', 4, "questions[0].kind", "has an unknown kind guess"),
        ("right = true\nexplanation", "explanation", 12, "questions[0].options",
         "needs one right option, has 0"),
        ('text = "Its own"', 'text = "The host\'s"', 18, "questions[0].options[1].text",
         "is there twice"),
        ('id = "own"', 'id = "kernel"', 27, "questions[1].id", "kernel is there twice"),
        ("answer = 1\n", 'answer = "much"\n', 41, "questions[2].answer", "must be a number"),
        ('unit = "GiB"', 'unit = "ell"', 42, "questions[2].unit",
         "is not a unit; known are ns, µs"),
        ("answer = 1\n", "answer = 1\ntolerance = 1\ntolerance_percent = 2\n", 43,
          "questions[2].tolerance_percent", "not both"),
        ("matches = '(/usr", "nothing = '(/usr", 49, "questions[3].nothing", "is not a field"),
        ("'(/usr)?/bin/uname -r'", "'('", 49, "questions[3].matches",
         "is not a regular expression"),
        ('"init"]', '"firmware"]', 56, "questions[4].items[3]", "is there twice"),
        ('"boot loader", "`kernel`", "init"]', '"init"]', 56, "questions[4].items",
         "needs at least 3"),
        ('left = "Container"', 'left = "VM"', 70, "questions[5].pairs[1].left", "is there twice"),
        ("*container*?", "*container*?\\n\\nReally?", 7, "questions[0].text",
         "must be one paragraph"),
        ("There is only one.", "[See](nowhere.md).", 9, "questions[0].explanation", "link"),
        ('"Files", right = true }', '"- a\\n- b", right = true }', 30,
          "questions[1].options[0].text", "must be one paragraph"),
    ],
)  # fmt: skip
def test_a_fault_names_line_and_field(quiz, edit, old, new, line, field, message):
    edit(TOML, old, new)
    faults = faults_of(quiz)
    assert [(name, number, at) for name, number, at, _ in faults][:1] == [
        ("exercise.toml", line, field)
    ], faults
    assert message in faults[0][3]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (
            lambda q: q[5].update(
                pairs=[{"left": "a", "right": "b"}, {"left": "c", "right": "b"}], extra=[]
            ),
            "pairs",
        ),
        (lambda q: [option.pop("right", None) for option in q[1]["options"]], "options"),
    ],
    ids=["one choice", "nothing right"],
)
def test_a_question_that_nobody_can_get_wrong_or_right(quiz, change, field):
    data = tomllib.loads(QUIZ)
    change(data["questions"])
    with pytest.raises(ValueError, match="needs") as caught:
        ExerciseSpec.model_validate({"slug": "said", "title": "Said", **data})
    assert caught.value.errors()[0]["ctx"]["at"][0] == field


def test_an_exercise_with_nothing_in_it(quiz, edit):
    edit(TOML, "", "")
    assert faults_of(quiz) == [
        ("exercise.toml", 1, "checks", "needs at least 1, or questions instead")
    ]


def test_checks_need_a_machine(quiz, edit):
    edit("boxes/01-first/exercises/kernel/exercise.md", "machine: box\n", "")
    assert ("exercise.md", 1, "machine", "is missing: checks look at a machine") in faults_of(quiz)


def test_checks_and_questions_share_their_ids(quiz, edit):
    kernel = "boxes/01-first/exercises/kernel/exercise.toml"
    both = (
        (quiz / kernel).read_text()
        + '\n[[questions]]\nkind = "number"\nid = "short"\ntext = "How many?"\nanswer = 2\n'
    )
    edit(kernel, "", both)
    assert [fault[2:] for fault in faults_of(quiz)] == [
        ("questions[0].id", "short is a check's already")
    ]
    edit(kernel, 'id = "short"\ntext', 'id = "shorter"\ntext')
    spec = read_courses(quiz)[0].lessons[0].spec.exercises[0]
    assert [item.id for item in spec.graded] == ["right", "short", "shorter"]


# --- What students are shown ----------------------------------------------------------------------


@pytest.fixture
def questions(quiz: Path) -> tuple[BaseQuestion, ...]:
    return spec_of(quiz).questions


def test_no_key_is_shown(questions):
    page = json.dumps(present(questions, "1:1"))
    for secret in (
        '"right"',
        "It has none of its own",
        "only one",
        "uname -r",
        "accepted",
        '"answer"',
        "pinned",
    ):
        assert secret not in page


def test_the_same_student_sees_the_same_order(questions):
    assert present(questions, "1:1") == present(questions, "1:1")
    orders = {json.dumps(present(questions, f"{student}:1")[1]["options"]) for student in range(20)}
    assert len(orders) > 5


def test_what_is_pinned_stays_last_and_what_is_not_shuffled_stays(quiz, edit):
    edit(TOML, 'id = "own"', 'id = "own"\nshuffle = false')
    edit(TOML, 'id = "cut"', 'id = "cut"\nshuffle = false')
    questions = spec_of(quiz).questions
    for seed in map(str, range(20)):
        single, multiple, *_, match = present(questions, seed)
        assert single["options"][-1]["html"] == "None of these"
        assert [item["html"] for item in multiple["options"]] == [
            "Files",
            "Process numbers",
            "A kernel",
            "A BIOS",
        ]
        assert [item["html"] for item in match["lefts"]] == ["VM", "Container", "chroot"]
        assert [item["text"] for item in match["choices"]] == [
            "own kernel",
            "the host's kernel",
            "nothing",
        ]


def test_nothing_is_in_order_to_begin_with(questions):
    for seed in map(str, range(200)):
        items = present(questions, seed)[4]["items"]
        assert sorted(item["html"] for item in items) == [
            "<code>kernel</code>",
            "boot loader",
            "firmware",
            "init",
        ]
        assert [item["key"] for item in items] != list(questions[4].keys)


def test_a_number_comes_with_the_units_it_may_be_in(questions):
    number = present(questions, "1")[2]
    assert (number["unit"], number["units"][:3]) == ("GiB", ["B", "kB", "MB"])
