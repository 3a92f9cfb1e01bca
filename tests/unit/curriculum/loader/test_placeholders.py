"""`{{ name }}` in an exercise: filled in everywhere, refused where it stands for nothing."""

import re
from typing import Any

import pytest
from pydantic import ValidationError

from curriculum.errors import InvalidLessonFiles
from curriculum.loader.reader import read_courses
from curriculum.loader.service import load_lessons
from curriculum.schema.parameters import PickParameter
from curriculum.schema.placeholders import (
    fill,
    fill_html,
    fill_spec,
    parameter_faults,
    shield,
    unshield,
)
from curriculum.schema.specs import ExerciseSpec
from tests.support.curriculum.lesson_files import FIRST_CHECK, FOLDER

TABLE, TEXT = f"{FOLDER}/exercise.toml", f"{FOLDER}/exercise.md"
SOLUTION, WRONG = f"{FOLDER}/solution.sh", f"{FOLDER}/wrong/right-old.sh"
PARAMETERS = """
[[parameters]]
kind = "pick"
name = "file"
options = ["a.out", "b+c"]
"""
PORT = {"kind": "value", "name": "file", "value": "8080"}
VALUES = {"file": "a.out", "n": "7"}


def test_text_is_filled_and_templates_of_others_stay():
    text = "{{ file }} {{file}} {{n}} {{ other }} {{ .State }} {{end}} {{json .}} {{{n}}}"
    assert fill(text, VALUES) == "a.out a.out 7 {{ other }} {{ .State }} {{end}} {{json .}} {7}"


def test_html_is_filled_escaped():
    assert fill_html("<b>{{ x }}</b>", {"x": "<i>&"}) == "<b>&lt;i&gt;&amp;</b>"


def test_a_placeholder_comes_through_what_shields_it():
    for name in ("a", "my_ship2"):
        assert unshield(shield(f"x{{{{{name}}}}}y")) == f"x{{{{{name}}}}}y"
        assert re.fullmatch(r"x[a-z0-9]+y", shield(f"x{{{{ {name} }}}}y"))


def test_doubled_braces_stand_for_braces_and_not_for_a_value():
    text = "{{{{ item }}}} {{{{file}}}} {{ file }} {{{file}}} {{{{ .Names }}}}"
    assert fill(text, VALUES) == "{{ item }} {{file}} a.out {a.out} {{{{ .Names }}}}"
    assert fill(text, {}) == "{{ item }} {{file}} {{ file }} {{{file}}} {{{{ .Names }}}}"
    assert fill_html(unshield(shield(text)), VALUES) == fill(text, VALUES)


@pytest.mark.parametrize("parameters", [(), (PORT,)])
def test_doubled_braces_are_no_parameter_anywhere(parameters):
    spec = ExerciseSpec(
        slug="a",
        title="A",
        machine="box",
        body="Write `{{{{ item }}}}`.",
        parameters=parameters,
        checks=(
            check(path="/root/{{{{ item }}}}", matches="{{{{ item }}}}", message="{{{{ x }}}}"),
        ),
        hints=("Loop over {{{{ item }}}}.",),
        setup="echo {{{{ item }}}}" + (" {{ file }}" if parameters else ""),
    )
    assert parameter_faults(spec) == []
    filled = fill_spec(spec, {"file": "8080"} if parameters else {})
    assert filled.body == "Write `{{ item }}`."
    assert filled.hints[0].text == "Loop over {{ item }}."
    assert filled.setup.startswith("echo {{ item }}")
    assert (filled.checks[0].path, filled.checks[0].message) == ("/root/{{ item }}", "{{ x }}")


def check(**fields: str) -> dict[str, str]:
    return {
        "kind": "file",
        "id": "a",
        "path": "/root/a",
        "message": "m",
        "read": "r",
        "matches": "x",
    } | fields


def spec(**fields: Any) -> ExerciseSpec:
    file = {"kind": "pick", "name": "file", "options": ["a.out", "b+c"]}
    required = {
        "slug": "s",
        "title": "T",
        "machine": "box",
        "checks": [check()],
        "parameters": [file],
    }
    return ExerciseSpec.model_validate(required | fields)


def test_a_spec_is_filled_in_every_text():
    text = {"message": "m", "read": "r"}
    whole = spec(
        body="Write {{ file }}",
        hints=("It is {{ file }}",),
        checks=[
            check(
                path="/root/{{ file }}",
                matches="^{{ file }}$",
                message="No {{ file }}",
                read="{{file}}",
            ),
            text
            | {
                "kind": "command",
                "id": "b",
                "argv": ["cat", "{{file}}"],
                "equals": "{{file}}",
            },
            text | {"kind": "process", "id": "c", "command": "{{file}}", "args_match": "{{file}}"},
        ],
        setup="touch {{ file }}",
        wrong=[{"check": "a", "what": "x", "script": "rm {{ file }}"}],
    )
    filled = fill_spec(whole, {"file": "b+c"})
    file, command, process = filled.checks
    assert (filled.body, filled.hints[0].text, filled.setup) == (
        "Write b+c",
        "It is b+c",
        "touch b+c",
    )
    assert filled.wrong[0].script == "rm b+c"
    assert (file.path, file.message, file.read) == ("/root/b+c", "No b+c", "b+c")
    assert (command.argv, command.equals, process.command) == (("cat", "b+c"), "b+c", "b+c")
    assert (file.matches, process.args_match) == (r"^b\+c$", r"b\+c")
    assert filled.parameters == whole.parameters


def test_what_is_no_value_of_its_kind_waits_for_the_students():
    container = {"kind": "container", "id": "a", "message": "m", "read": "r", "name": "{{ file }}"}
    whole = spec(checks=[container | {"ports": ["{{ file }}:80"]}], parameters=[PORT])
    assert fill_spec(whole, {"file": "8080"}).checks[0].ports == ("8080:80",)
    assert parameter_faults(whole) == []
    names = [{"kind": "pick", "name": "file", "options": ["8080", "x"]}]
    [fault] = parameter_faults(
        spec(checks=[container | {"ports": ["{{ file }}:80"]}], parameters=names)
    )
    assert (fault.location, fault.message[:20]) == (
        ("checks", 0, "ports", 0),
        "with x for file, it ",
    )


def test_a_port_becomes_the_number_that_it_has_to_be():
    port = {"kind": "port", "id": "a", "message": "m", "read": "r", "port": "{{ file }}"}
    whole = spec(checks=[port], parameters=[PORT])
    assert whole.model_dump(mode="json")["checks"][0]["port"] == "{{ file }}"
    assert fill_spec(whole, {"file": "8080"}).checks[0].port == 8080
    assert parameter_faults(whole) == []
    [fault] = parameter_faults(spec(checks=[port], parameters=[PORT | {"value": "80800"}]))
    assert (fault.location, fault.message) == (
        ("checks", 0, "port"),
        "with 80800 for file, it must be at most 65535",
    )
    [fault] = parameter_faults(spec(checks=[port], parameters=[PORT | {"value": "x"}]))
    assert (fault.location, fault.message) == (
        ("checks", 0, "port"),
        "with x for file, it must be a whole number",
    )
    with pytest.raises(ValidationError, match="port"):
        spec(checks=[port | {"port": "8080"}])


@pytest.mark.parametrize("field", ["id", "points"])
def test_some_fields_are_the_same_for_everybody(field):
    with pytest.raises(ValidationError, match=field):
        spec(checks=[check() | {field: "{{ file }}"}])


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        (
            {"body": "a\n{{ fil }}"},
            ("body",),
            "there is no parameter fil; known are file. "
            "For the braces themselves write {{{{ fil }}}}",
        ),
        (
            {"hints": ["{{ fil }}"]},
            ("hints", 0, "text"),
            "there is no parameter fil; known are file. "
            "For the braces themselves write {{{{ fil }}}}",
        ),
        ({"title": "{{ file }}"}, ("title",), "can't hold a parameter"),
        ({"body": "no"}, ("parameters", 0, "name"), "file is used nowhere"),
        (
            {"body": "no", "solution": "{{ file }}"},
            ("parameters", 0, "name"),
            "file is used nowhere",
        ),
        (
            {"parameters": [], "body": "{{ file }}"},
            ("body",),
            "there is no parameter file; known are none. "
            "For the braces themselves write {{{{ file }}}}",
        ),
        (
            {"checks": [check(path="/{{file}}"), check(id="b", path="/x/{{file}}/y")]}
            | {"parameters": [PickParameter(name="file", options=("tmp", "/x"))]},
            ("checks", 0, "path"),
            "with tmp for file, it lies in /tmp, which no snapshot holds",
        ),
    ],
)
def test_what_is_wrong_is_told(fields, place, message):
    assert (place, message) in [
        (fault.location, fault.message) for fault in parameter_faults(spec(**fields))
    ]


def test_a_right_one_has_no_faults():
    assert parameter_faults(spec(body="{{ file }}")) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        (
            TEXT,
            "Write it down.",
            "W\n\n`{{ fyle }}`",
            f"{TEXT}:8: placeholder: there is no parameter fyle",
        ),
        (
            TABLE,
            '"Not this kernel."',
            '"{{ fyle }}"',
            f"{TABLE}:17: checks[0].message: there is no parameter fyle",
        ),
        (TABLE, "a.out", "a;b", f"{TABLE}:9: parameters[0].options[0]: may have letters, digits"),
        (
            TABLE,
            'name = "file"',
            'name = "File"',
            f"{TABLE}:8: parameters[0].name: must begin with a small letter",
        ),
        (
            TABLE,
            '"file"\noptions',
            '"end"\noptions',
            f"{TABLE}:8: parameters[0].name: has another meaning in templates",
        ),
        (
            TABLE,
            '\n[[checks]]\nkind = "command"',
            (
                '\n[[parameters]]\nkind = "value"\nname = "file"\nvalue = "x"\n\n[[checks]]\nkind ='
                ' "command"'
            ),
            f"{TABLE}:22: parameters[1].name: file is there twice",
        ),
        (
            SOLUTION,
            "uname -r",
            "\nuname {{ r }}",
            f"{SOLUTION}:2: solution: there is no parameter r",
        ),
        (WRONG, "2.6", "{{ r }}", f"{WRONG}:3: wrong[0].script: there is no"),
    ],
)
def test_files_are_blamed_with_line_and_field(edit, lessons, file, old, new, fault):
    edit(TABLE, FIRST_CHECK, PARAMETERS + FIRST_CHECK)
    edit(
        TABLE,
        '"/root/kernel"\nequals_fact = "kernel"',
        '"/root/{{ file }}"\nequals_fact = "kernel"',
    )
    edit(file, old, new)
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(lessons)
    reports = [str(error).removeprefix(f"{lessons}/") for error in caught.value.errors]
    assert [text for text in reports if text.startswith(fault)], reports


def test_a_text_is_rendered_around_its_placeholders(db, edit, lessons):
    edit(TABLE, FIRST_CHECK, PARAMETERS + FIRST_CHECK)
    task = (
        "{{ file }} and *{{file}}* and `{{ file }}`{.x} [there](http://box/{{ file }}).\n\n"
        "```bash run=box\ncp {{ file }} \"/x/{{ file }}\"; ls '{{file}}'\n```\n\n## On {{ file }}\n"
    )
    edit(TEXT, "Write it down.", task)
    load_lessons(root=lessons)
    html = read_courses(lessons)[0].lessons[0].exercises[0].body_html
    filled = fill_html(html, {"file": "F"})
    assert "drydock0value" not in html
    assert "{{" not in filled
    assert '<p>F and <em>F</em> and <code class="x">F</code> <a href="http://box/F"' in filled
    code = re.sub(r"<[^>]+>", "", filled.partition("<code>")[2].partition("</code>")[0])
    assert code == "cp F \"/x/F\"; ls 'F'\n"
    assert ">On F</h2>" in filled
