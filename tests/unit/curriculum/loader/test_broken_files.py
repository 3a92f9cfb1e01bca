"""Report every fault in a lesson file with its file, line and field."""

import pytest

from curriculum.errors import InvalidLessonFiles
from curriculum.loader.reader import read_courses

COURSE = "boxes/course.toml"
LESSON = "boxes/01-first/lesson.md"
TEXT = "boxes/01-first/exercises/kernel/exercise.md"
TABLE = "boxes/01-first/exercises/kernel/exercise.toml"

# file, what to replace, by what, and the fault: file:line: field: message (the message's beginning)
BROKEN = [
    # course.toml
    (COURSE, 'title = "Course"\n', "", f"{COURSE}:1: title: is missing"),
    (COURSE, '"Course"', '""', f"{COURSE}:1: title: is empty"),
    (COURSE, "position = 3", 'position = "3"', f"{COURSE}:3: position: must be a whole number"),
    (COURSE, "position = 3", "position = -1", f"{COURSE}:3: position: must be at least 0"),
    (
        COURSE,
        "position = 3",
        "place = 3",
        f"{COURSE}:3: place: is not a field here; known are position, summary",
    ),
    (COURSE, "position = 3", "position = ", f"{COURSE}:3: syntax: Invalid value"),
    (
        COURSE,
        "position = 3",
        "position = 3\nposition = 4",
        f"{COURSE}:4: syntax: Cannot overwrite a value",
    ),
    # front matter
    (LESSON, "", "Hello", f"{LESSON}:1: front matter: is missing"),
    (LESSON, "title: First", "title: [First", f"{LESSON}:3: syntax: "),
    (LESSON, "title: First", "title: &a [*a]", f"{LESSON}:1: syntax: is not YAML that can be used"),
    (
        LESSON,
        "title: First",
        "title: " + "[" * 3000,
        f"{LESSON}:1: syntax: is not YAML that can be used",
    ),
    (
        LESSON,
        "minutes: 5",
        "minutes: 2001-99-99",
        f"{LESSON}:1: syntax: is not YAML that can be used",
    ),
    (LESSON, "title: First\n", "", f"{LESSON}:1: title: is missing"),
    (LESSON, "title: First", "title: 12", f"{LESSON}:2: title: must be a text"),
    (LESSON, "summary: One", "title: Two", f"{LESSON}:3: title: is there twice"),
    (LESSON, "summary: One", "sumary: One", f"{LESSON}:3: sumary: is not a field here"),
    (LESSON, "minutes: 5", "minutes: 0", f"{LESSON}:4: minutes: must be at least 1"),
    (LESSON, "minutes: 5", "minutes: 5.5", f"{LESSON}:4: minutes: "),
    (LESSON, "kind: linux", "kind: windows", f"{LESSON}:7: machines[0].kind: must be 'linux'"),
    (
        LESSON,
        "name: box",
        "name: Box",
        f"{LESSON}:6: machines[0].name: must begin with a small letter",
    ),
    (
        LESSON,
        "kind: linux",
        "kind: linux\n    size: 3",
        f"{LESSON}:8: machines[0].size: is not a field that belongs here",
    ),
    (
        LESSON,
        "---\n\n",
        "  - {name: box, kind: linux}\n---\n\n",
        f"{LESSON}:8: machines[1].name: box is there twice",
    ),
    # the lesson's text
    (
        LESSON,
        "Between.",
        "::: exercise sleepy",
        f"{LESSON}:14: exercise: there is no folder exercises/sleepy",
    ),
    (LESSON, "::: exercise sleeper", "", f"{LESSON}:9: exercise: sleeper is placed nowhere"),
    (LESSON, "Between.", "::: exercise kernel", f"{LESSON}:14: exercise: kernel is placed twice"),
    (
        LESSON,
        "Between.",
        "::: exercise",
        f"{LESSON}:14: exercise: needs the name of one exercise folder",
    ),
    (
        LESSON,
        "Between.",
        "> ::: exercise sleeper",
        f"{LESSON}:14: exercise: must not stand inside something else",
    ),
    (LESSON, "Between.", "::: quiz\nx\n:::", f"{LESSON}:14: quiz: is not a directive"),
    (LESSON, "Between.", "::: note\nx", f"{LESSON}:14: note: is never closed"),
    (LESSON, "Between.", ":::", f"{LESSON}:14: directive: closes nothing"),
    (
        LESSON,
        "Between.",
        "```bash run=bax\nls\n```",
        f"{LESSON}:14: run: the lesson has no machine named bax",
    ),
    (
        LESSON,
        "Between.",
        "```python run=box\n1\n```",
        f"{LESSON}:14: run: only bash and sh can be run, not python",
    ),
    (
        LESSON,
        "Between.",
        "```bash ran=box\nls\n```",
        f"{LESSON}:14: code: has an unknown option ran=box",
    ),
    (
        LESSON,
        "Between.",
        "```klingon\nls\n```",
        f"{LESSON}:14: code: names a language that is not known: klingon",
    ),
    (LESSON, "Between.", "# Between", f"{LESSON}:14: heading: begin with ##"),
    (
        LESSON,
        "Between.",
        "![A box](none.svg)",
        f"{LESSON}:14: picture: names a file that is missing: none.svg",
    ),
    (
        LESSON,
        "Between.",
        "![A](https://x.example/a.svg)",
        f"{LESSON}:14: picture: must be an .svg, .png, .jpg or",
    ),
    (
        LESSON,
        "Between.",
        "![A](../../x.svg)",
        f"{LESSON}:14: picture: must be an .svg, .png, .jpg or .webp file in the same folder",
    ),
    (
        LESSON,
        "Between.",
        "a ![A](a.svg) b",
        f"{LESSON}:14: picture: must be a paragraph of its own",
    ),
    (
        LESSON,
        "Between.",
        "one\ntwo [x](y.md)",
        f"{LESSON}:15: link: leads to a file that is missing: y.md",
    ),
    (
        LESSON,
        "Between.",
        "[x](../course.toml)",
        f"{LESSON}:14: link: leads to a file that students can't open",
    ),
    (
        LESSON,
        "Between.",
        "[x](#nowhere)",
        f"{LESSON}:14: link: leads to a heading that is not here: #nowhere",
    ),
    # exercise.md
    (TEXT, "title: Which kernel?\n", "", f"{TEXT}:1: title: is missing"),
    (TEXT, "machine: box\n", "", f"{TEXT}:1: machine: is missing"),
    (
        TEXT,
        "machine: box",
        "machine: other",
        f"{TEXT}:3: machine: the lesson has no machine named other",
    ),
    (TEXT, "machine: box", "machine: box\npoints: 3", f"{TEXT}:4: points: is not a field here"),
    (
        TEXT,
        "Write it",
        "::: exercise sleeper\nWrite it",
        f"{TEXT}:6: exercise: can only be placed by a lesson",
    ),
    (TEXT, "Write it", "::: hint\nWrite it", f"{TEXT}:6: hint: is never closed"),
    # exercise.toml
    (TABLE, "", "hints = []\n", f"{TABLE}:1: checks: needs at least 1, or questions"),
    (TABLE, "", "hints = []\nchecks = []\n", f"{TABLE}:2: checks: needs at least 1"),
    (TABLE, "hints = [", 'title = "x"\nhints = [', f"{TABLE}:1: title: is not a field here"),
    (
        TABLE,
        '"Ask `uname`."',
        "3",
        f"{TABLE}:1: hints[0]: must be a text, or a table with text and cost",
    ),
    (TABLE, '"Ask `uname`."', '"::: note"', f"{TABLE}:1: hints[0].text: note is never closed"),
    (TABLE, "hints = [", "attempts = 101\nhints = [", f"{TABLE}:1: attempts: must be at most 100"),
    (
        TABLE,
        "hints = [",
        "due = 2027-01-31T23:59:00\nhints = [",
        f"{TABLE}:1: due: must say its zone",
    ),
    (
        TABLE,
        "hints = [",
        "due = 2027-01-31\nhints = [",
        f"{TABLE}:1: due: must say its zone, as in 2027",
    ),
    (
        TABLE,
        "hints = [",
        'late = "refuse"\nhints = [',
        f"{TABLE}:1: late: means nothing without a deadline",
    ),
    (
        TABLE,
        "hints = [",
        "late_percent = 5\nhints = [",
        f"{TABLE}:1: late_percent: is for late = reduce",
    ),
    (
        TABLE,
        "hints = [",
        "solution_after = 5\nhints = [",
        f"{TABLE}:1: solution_after: is for show_solution",
    ),
    (
        TABLE,
        "points = 2",
        'points = 2\nafter = ["other"]',
        f"{TABLE}:10: checks[0].after[0]: there is no check other above this one",
    ),
    (TABLE, 'kind = "file"\n', "", f"{TABLE}:6: checks[0]: needs a kind: file, "),
    (
        TABLE,
        'kind = "file"',
        'kind = "dance"',
        f"{TABLE}:7: checks[0].kind: has an unknown kind dance; known are 'file'",
    ),
    (
        TABLE,
        'id = "right"',
        'id = "Right one"',
        f"{TABLE}:8: checks[0].id: must be small letters and digits",
    ),
    (TABLE, 'id = "short"', 'id = "right"', f"{TABLE}:17: checks[1].id: right is there twice"),
    (TABLE, "points = 2", "points = 0", f"{TABLE}:9: checks[0].points: must be at least 1"),
    (TABLE, "points = 2", "points = true", f"{TABLE}:9: checks[0].points: must be a whole number"),
    (
        TABLE,
        '"/root/kernel"\neq',
        '"kernel"\neq',
        f"{TABLE}:10: checks[0].path: must be an absolute path",
    ),
    (
        TABLE,
        '"/root/kernel"\neq',
        '"/root/../x"\neq',
        f"{TABLE}:10: checks[0].path: must be an absolute path",
    ),
    (
        TABLE,
        '"/root/kernel"\neq',
        '"/proc/1/comm"\neq',
        f"{TABLE}:10: checks[0].path: lies in /proc",
    ),
    (
        TABLE,
        'equals_fact = "kernel"\n',
        "",
        f"{TABLE}:6: checks[0]: needs one of type, mode, owner, equals,",
    ),
    (
        TABLE,
        'equals_fact = "kernel"',
        'equals_fact = "mood"',
        f"{TABLE}:11: checks[0].equals_fact: must be 'kernel'",
    ),
    (
        TABLE,
        'equals_fact = "kernel"',
        'equals_fact = "kernel"\nequals = "6"',
        f"{TABLE}:11: checks[0].equals_fact: may have one matcher, has equals and equals_fact",
    ),
    (
        TABLE,
        "'^1 '",
        "'^(1 '",
        f"{TABLE}:19: checks[1].matches: is not a regular expression: missing )",
    ),
    (
        TABLE,
        'argv = ["wc", "-l", "/root/kernel"]',
        "argv = []",
        f"{TABLE}:18: checks[1].argv: needs at least 1",
    ),
    (
        TABLE,
        'argv = ["wc", "-l", "/root/kernel"]',
        'argv = [""]',
        f"{TABLE}:18: checks[1].argv: must begin with",
    ),
    (TABLE, "matches", 'message = "a"\nmatches', f"{TABLE}:22: syntax: Cannot overwrite a value"),
    (TABLE, 'message = "Not this kernel."\n', "", f"{TABLE}:6: checks[0].message: is missing"),
    (
        TABLE,
        'path = "/root',
        'command = "x"\npath = "/root',
        f"{TABLE}:10: checks[0].command: is not a field that",
    ),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"), BROKEN, ids=[case[3] for case in BROKEN]
)
def test_a_fault_names_file_line_and_field(lessons, edit, file, old, new, expected):
    edit(file, old, new)
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(lessons)
    reports = [str(error).removeprefix(f"{lessons}/") for error in caught.value.errors]
    assert len(reports) == 1, reports
    assert reports[0].startswith(expected), reports[0]


def test_all_faults_of_all_files_are_reported_at_once(lessons, edit):
    edit(COURSE, "position = 3", "position = -1")
    edit(LESSON, "minutes: 5", "minutes: 0")
    edit(LESSON, "Between.", "::: quiz\n:::")
    edit(TEXT, "title: Which kernel?\n", "")
    edit(TABLE, "points = 2", "points = 0")
    edit(TABLE, "'^1 '", "'('")
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(lessons)
    fields = [error.field for error in caught.value.errors]
    assert fields == [
        "title",
        "checks[0].points",
        "checks[1].matches",
        "minutes",
        "quiz",
        "position",
    ]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (COURSE, f"{COURSE}:1: file: cannot be read: No such file or directory"),
        (LESSON, f"{LESSON}:1: file: cannot be read: No such file or directory"),
        (TEXT, f"{TEXT}:1: file: cannot be read: No such file or directory"),
        (TABLE, f"{TABLE}:1: file: cannot be read: No such file or directory"),
    ],
)
def test_a_missing_file_is_named(lessons, file, expected):
    (lessons / file).unlink()
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(lessons)
    assert str(caught.value).removeprefix(f"{lessons}/") == expected


def test_a_file_that_is_not_text_is_named_with_the_line(lessons):
    (lessons / LESSON).write_bytes(b"---\ntitle: \xff\n---\n")
    with pytest.raises(InvalidLessonFiles, match=r"lesson\.md:2: file: is not UTF-8 text"):
        read_courses(lessons)


def test_a_folder_without_a_number_is_named(lessons):
    (lessons / "boxes/extras").mkdir()
    (lessons / "boxes/_drafts").mkdir()
    with pytest.raises(
        InvalidLessonFiles, match=r"extras/lesson\.md:1: folder: is not named like 01-first-steps"
    ):
        read_courses(lessons)


def test_two_lessons_with_one_slug_are_named(lessons):
    (lessons / "boxes/02-first").mkdir()
    (lessons / "boxes/02-first/lesson.md").write_text("---\ntitle: A\nminutes: 1\n---\n")
    with pytest.raises(
        InvalidLessonFiles, match=r"02-first/lesson\.md:1: slug: first is there twice, first in 01-"
    ):
        read_courses(lessons)


@pytest.mark.parametrize(
    ("name", "word"), [("nothing", "is missing"), ("empty", "holds no course")]
)
def test_a_folder_without_courses_is_a_fault(tmp_path, name, word):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidLessonFiles, match=f"{name}:1: folder: {word}"):
        read_courses(tmp_path / name)
