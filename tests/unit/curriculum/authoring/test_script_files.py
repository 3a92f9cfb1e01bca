"""Take an exercise's scripts from files to the form and back."""

import pytest

from curriculum.authoring.service import publish, save_exercise_spec
from curriculum.errors import InvalidLessonFiles
from curriculum.loader.contents import read_contents
from curriculum.loader.dump import dump_lessons
from curriculum.loader.reader import read_courses
from curriculum.loader.script_faults import script_faults
from curriculum.loader.script_files import script_files, scripts_in
from curriculum.models import Exercise
from curriculum.schema.specs import ExerciseSpec

FILES = {
    "exercise.md": b"---\n",
    "setup.sh": b"mkdir /root/desk\n",
    "solution.sh": b"echo 42 > /root/answer",
    "wrong/answer-off.sh": b"# fails: answer\ntrue\n",
    "wrong/unnamed.sh": b"true\n",
    "wrong/other-name.sh": b"# fails: answer\ntrue\n",
}
CHECK = {
    "kind": "file",
    "id": "answer",
    "path": "/root/a",
    "equals": "42",
    "describe": "It holds the number of the day.",
    "message": "It should.",
    "read": "Above.",
}


def spec(**fields: object):
    return ExerciseSpec.model_validate(
        {"slug": "task", "title": "T", "machine": "box", "checks": [CHECK], **fields}
    )


def test_what_is_well_named_is_read():
    assert scripts_in(FILES) == {
        "setup": "mkdir /root/desk\n",
        "solution": "echo 42 > /root/answer",
        "wrong": [{"check": "answer", "what": "off", "script": "# fails: answer\ntrue\n"}],
    }


def test_what_was_not_changed_is_not_written():
    assert script_files(spec(**scripts_in(FILES)), FILES) == {}


def test_only_what_the_form_knew_goes():
    assert script_files(spec(), FILES) == {
        "setup.sh": None,
        "solution.sh": None,
        "wrong/answer-off.sh": None,
    }


def test_a_wrong_answer_gets_the_line_that_names_its_check():
    wrong = [{"check": "answer", "what": "late", "script": "#!/bin/sh\n# fails: gone\ntrue"}]
    written = script_files(spec(wrong=wrong), {})
    assert written == {"wrong/answer-late.sh": b"#!/bin/sh\n# fails: answer\ntrue\n"}


def test_windows_line_ends_are_left_alone():
    files = {"solution.sh": b"true\r\ntrue\r\n"}
    assert script_files(spec(solution="true\ntrue\n"), files) == {}


@pytest.mark.parametrize(
    ("second", "field", "message"),
    [
        (
            {"check": "gone", "what": "off"},
            "wrong[1].check",
            "there is no check gone; known are answer",
        ),
        ({"check": "answer", "what": "late"}, "wrong[1].what", "answer-late is there twice"),
    ],
)
def test_a_wrong_answer_that_has_no_place_is_refused(loaded, second, field, message):
    first = {"check": "answer", "what": "late", "script": "true"}
    with pytest.raises(InvalidLessonFiles) as caught:
        save_exercise_spec(
            lesson=loaded, spec=spec(wrong=[first, {**second, "script": "true"}]), is_new=True
        )
    (fault,) = caught.value.errors
    assert (fault.file.parent.name, fault.field, fault.message) == ("task", field, message)


def test_what_the_admin_made_passes_check_lessons_and_comes_back_the_same(loaded, tmp_path):
    wrong = [{"check": "answer", "what": "late", "script": "echo 41 > /root/a\n"}]
    exercise = spec(setup="mkdir -p /root", solution="echo 42 > /root/a\n", wrong=wrong)
    save_exercise_spec(lesson=loaded, spec=exercise, is_new=True)
    dump_lessons(root=tmp_path / "out")
    courses = read_courses(tmp_path / "out")
    assert script_faults(courses) == []
    before = read_contents(tmp_path / "out")
    read = courses[0].lessons[0].exercises[-1].spec
    loaded.refresh_from_db()
    save_exercise_spec(lesson=loaded, spec=read)
    dump_lessons(root=tmp_path / "out")
    assert read_contents(tmp_path / "out") == before


def test_scripts_change_no_score_and_are_not_kept_with_the_exercise(loaded):
    loaded = publish(lesson=loaded, draft=True)  # which may lack scripts
    save_exercise_spec(lesson=loaded, spec=spec(), is_new=True)
    version = Exercise.objects.get(slug="task").version
    loaded.refresh_from_db()
    save_exercise_spec(lesson=loaded, spec=spec(solution="echo 42 > /root/a\n"))
    task = Exercise.objects.get(slug="task")
    assert task.version == version
    assert "solution" not in task.definition
