"""An exercise's scripts, from files to the form and back."""

from curriculum.schema import ExerciseSpec
from curriculum.scriptfiles import script_files, scripts_in

FILES = {
    "exercise.md": b"---\n",
    "setup.sh": b"mkdir /root/desk\n",
    "solution.sh": b"echo 42 > /root/answer",
    "wrong/answer-off.sh": b"# fails: answer\ntrue\n",
    "wrong/unnamed.sh": b"true\n",
    "wrong/other-name.sh": b"# fails: answer\ntrue\n",
}
CHECK = {"kind": "file", "id": "answer", "path": "/root/a", "equals": "42", "message": "It should.", "read": "Above."}


def spec(**fields: object):
    return ExerciseSpec.model_validate({"slug": "task", "title": "T", "machine": "box", "checks": [CHECK], **fields})


def test_what_is_well_named_is_read():
    assert scripts_in(FILES) == {
        "setup": "mkdir /root/desk\n",
        "solution": "echo 42 > /root/answer",
        "wrong": [{"check": "answer", "what": "off", "script": "# fails: answer\ntrue\n"}],
    }


def test_what_was_not_changed_is_not_written():
    assert script_files(spec(**scripts_in(FILES)), FILES) == {}


def test_only_what_the_form_knew_goes():
    assert script_files(spec(), FILES) == {"setup.sh": None, "solution.sh": None, "wrong/answer-off.sh": None}


def test_a_wrong_answer_gets_the_line_that_names_its_check():
    wrong = [{"check": "answer", "what": "late", "script": "#!/bin/sh\n# fails: gone\ntrue"}]
    written = script_files(spec(wrong=wrong), {})
    assert written == {"wrong/answer-late.sh": b"#!/bin/sh\n# fails: answer\ntrue\n"}
