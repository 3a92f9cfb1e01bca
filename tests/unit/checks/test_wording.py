"""What a student is shown of a check: words, never its script, its pattern or the answer."""

import pytest
from pydantic import TypeAdapter

from checks.base import BaseCheck
from checks.command import CommandCheck
from checks.registry import CHECK_KINDS, CheckSpec
from checks.results import evaluate, waiting
from checks.wording import command_words, is_script, literals_of, shows_code
from tests.support.checks.evidence import command_seen, evidence

PATTERN = r"\A(?!.*old)new\d+$"
SCRIPT = "cat /x | wc -l; [ $? = 0 ] && echo yes"
WORDS = {"id": "a", "message": "It should be new.", "read": "Above"}
# Of each kind that can hold code: the fields that do, and what else it needs.
CODED = [
    ({"kind": "file", "path": "/x", "matches": PATTERN}, "matches"),
    ({"kind": "command", "argv": ["/x"], "matches": PATTERN}, "matches"),
    ({"kind": "command", "argv": ["sh", "-c", SCRIPT]}, "argv"),
    ({"kind": "command", "argv": ["/usr/bin/python3.11", "-c", "print(1)"]}, "argv"),
    ({"kind": "port", "port": 80, "http_path": "/", "matches": PATTERN}, "matches"),
    ({"kind": "process", "command": "x", "args_match": PATTERN}, "args_match"),
    ({"kind": "guest", "ask": "ls", "matches": PATTERN}, "matches"),
    ({"kind": "guest", "ask": SCRIPT, "equals": "new"}, "ask"),
    ({"kind": "script", "script": "print(1)"}, "script"),
    ({"kind": "image", "name": "x", "history": PATTERN}, "history"),
    ({"kind": "image", "name": "x", "cmd": ["sh", "-c", SCRIPT]}, "cmd"),
    ({"kind": "image", "name": "x", "entrypoint": ["sh", "-c", SCRIPT]}, "entrypoint"),
    ({"kind": "container", "name": "x", "args": ["sh", "-c", SCRIPT]}, "args"),
    ({"kind": "history", "event": "container-exec", "subject": PATTERN}, "subject"),
]


def check_of(**fields: object) -> BaseCheck:
    check: BaseCheck = TypeAdapter(CheckSpec).validate_python({**WORDS, **fields})
    return check


@pytest.mark.parametrize(("fields", "place"), CODED)
def test_code_takes_words_from_its_author(fields, place):
    check = check_of(**fields)
    assert check.wording_fault("") == (
        (place,),
        "is code, which no student is shown: say what is expected in describe",
    )
    assert check_of(**fields, describe="It is new.").wording_fault("") is None
    assert check_of(**fields, hidden=True).wording_fault("") is None


@pytest.mark.parametrize(("fields", "place"), CODED)
@pytest.mark.parametrize("name", ["describe", "message"])
def test_words_that_hold_the_code_are_refused(fields, place, name):
    value = fields[place]
    code = value if isinstance(value, str) else value[-1]
    words = {"describe": "It is new.", name: f"It should be {code} in the end."}
    fault = check_of(**{**fields, **words}).wording_fault("")
    assert fault == ((name,), "shows students a script or a pattern; say it in words")


def test_every_kind_with_code_is_tried_here():
    kinds = {str(fields["kind"]) for fields, _ in CODED}
    assert {
        kind for kind, model in CHECK_KINDS.models().items() if model.code is not BaseCheck.code
    } <= kinds


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("^[0-9]+$", ()),
        (r"a number, \d+", ()),
        ("if it is there; then say so; fi", ()),
        ("ls 2>/dev/null", ()),
        ("the file has three lines", ("three lines",)),
        ("say  first this\nand then that", ("first this and then",)),
        ("it runs\nprint(json.dumps(found))", ("import json\nprint(json.dumps(found))",)),
    ],
)
def test_what_looks_like_code_is_refused(words, code):
    assert shows_code(words, code)


@pytest.mark.parametrize(
    "words",
    [
        "/root/net should hold net:[4026531840], and nothing else (see `ls /proc/[0-9]*`).",
        "What does it cost? About 3.5 MiB… or 4.",
        "Look for it in the list of `ps -ef | grep x && echo yes`.",
        "Then wait; do it again in a minute.",
    ],
)
def test_prose_is_no_code(words):
    assert not shows_code(words, ())


def test_the_answer_is_not_shown_unless_the_task_says_it():
    check = check_of(kind="file", path="/x", equals="Argo: 75 boxes")
    assert check.wording_fault("Write the order of the *Argo*.") == (
        ("equals",),
        "would be shown to students, and neither the task nor the message says it: "
        "say what is expected in describe",
    )
    assert check.wording_fault("Write `argo:  75 boxes`.") is None
    parts = check_of(kind="file", path="/x", contains_each=["new", "old"])
    assert parts.wording_fault("") is not None
    assert parts.wording_fault("")[0] == ("contains_each", 1)  # type: ignore[index]
    assert check_of(kind="file", path="/x", matches="^new$").wording_fault("") is None
    assert check_of(kind="file", path="/x", matches="^42$").wording_fault("") is not None


def test_a_check_without_code_and_answers_needs_no_words_of_its_author():
    assert check_of(kind="container", name="web").wording_fault("") is None
    assert check_of(kind="history", event="container-exec", subject="^a$").wording_fault("") is None


def test_the_authors_words_stand_in_place_of_the_checks():
    check = check_of(kind="command", argv=["sh", "-c", SCRIPT], equals="yes", describe="It is new.")
    observed = evidence(commands={"a": command_seen(b"no", argv=["sh", "-c", SCRIPT])})
    assert evaluate(check, observed).expected == "It is new."
    assert waiting(check, ["b"]).expected == ""


def test_no_words_of_a_check_show_its_code():
    check = CommandCheck(**WORDS, argv=("sh", "-c", SCRIPT), matches=PATTERN)
    observed = evidence(commands={"a": command_seen(b"no", argv=["sh", "-c", SCRIPT])})
    expected = evaluate(check, observed).expected
    assert expected == (
        "what is run to check this ends with exit code 0 and prints what the task asks for"
    )


@pytest.mark.parametrize(
    ("argv", "script"),
    [
        (("/root/who-is", "1"), False),
        (("/usr/sbin/debugfs", "-R", "cat /whoami", "/root/golden.img"), False),
        (("docker", "ps", "-a"), False),
        (("/bin/bash", "-c", "true"), True),
        (("env", "-i", "x"), True),
        (("cat", "/x;y"), True),
        (("echo", "$HOME"), True),
        (("grep", "x", "/y"), True),
    ],
)
def test_a_plain_command_is_named_by_its_line(argv, script):
    assert is_script(argv) is script
    assert (command_words(argv) == "what is run to check this") is script


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("^page$", ("page",)),
        ("COPY|ADD", ("COPY", "ADD")),
        (r"web\.1", ("web.1",)),
        ("^{{ ship }}$", ("{{ ship }}",)),
        ("^a|b$", ()),
        ("a.c", ()),
        ("a+", ()),
        ("^a", ()),
        (r"a\$", ("a$",)),
        ("", ()),
    ],
)
def test_a_pattern_of_plain_letters_is_words(pattern, texts):
    assert literals_of(pattern) == texts
