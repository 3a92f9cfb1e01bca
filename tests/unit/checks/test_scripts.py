"""Check by authors' scripts: what a script gets, what its output means, when it is run again."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from checks.evidence.collector import REASONS, collect
from checks.evidence.schema import load_evidence
from checks.evidence.script_runner import JOBS_AT_ONCE, Job, is_current, run_jobs, script_version
from checks.evidence.tasks import Subject
from checks.results import evaluate
from core.specs.outcomes import EvidenceMissing
from sandboxes.engine.checker_protocol import ProbeFact
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineUnavailable, ImageMissing
from tests.support.checks.evidence import evidence, file_check, file_seen, script_check
from tests.support.machines import machine_on

GOOD = json.dumps({"points": 2, "found": "all of it", "expected": "everything"})


class Grader(FakeEngine):
    """An engine whose scripts print what a test says, and that remembers what they were given."""

    def __init__(self, printed: str | bytes = GOOD, **fields: Any) -> None:
        super().__init__()
        data = printed if isinstance(printed, bytes) else printed.encode()
        self.ends = {
            "exit_code": 0,
            "stdout": data,
            "stderr": b"",
            "truncated": False,
            "timed_out": False,
            **fields,
        }
        self.runs: list[dict[str, bytes]] = []

    def run_isolated(self, image, files, commands):
        self.record_call("run_isolated", image)
        self.runs.append(dict(files))
        return [ProbeFact(id=command.id, **self.ends) for command in commands]


def ran(engine, check, document):
    run_jobs([Job(check, document)], engine, image="grader")
    return document


def test_a_script_gets_the_document_and_copies_of_files():
    document = evidence(
        files={"/root/answer": file_seen(b"42\n"), "/root/gone": file_seen(None, kind="missing")},
        scripts={"old": {}},
        errors={"x": "y"},
    )
    engine = Grader()
    ran(engine, script_check(script="print(1)"), document)
    [files] = engine.runs
    assert set(files) == {
        "/grade/0/script.py",
        "/grade/0/evidence.json",
        "/grade/0/files/root/answer",
    }
    assert (files["/grade/0/script.py"], files["/grade/0/files/root/answer"]) == (
        b"print(1)",
        b"42\n",
    )
    grading_document = json.loads(files["/grade/0/evidence.json"])
    assert grading_document["files"] == json.loads(json.dumps(document["files"]))
    assert "scripts" not in grading_document


@pytest.mark.parametrize(
    ("points", "earned", "message"),
    [(2, 2, ""), (3, 2, ""), (1, 1, "Look again."), (0, 0, "Look again.")],
)
def test_points_are_earned_as_the_script_says(points, earned, message):
    check = script_check()
    result = evaluate(
        check, ran(Grader(json.dumps({"points": points, "found": "half"})), check, evidence())
    )
    assert (result.passed, result.earned, result.found, result.message) == (
        points >= 2,
        earned,
        "half",
        message,
    )
    assert result.expected == "what the task asks for"


def test_a_script_may_have_its_own_words():
    printed = json.dumps(
        {"points": 0, "found": "a\0b\x1b", "expected": "c", "message": "Write more."}
    )
    check = script_check()
    result = evaluate(check, ran(Grader(printed), check, evidence()))
    assert (result.expected, result.found, result.message) == (
        "c",
        "a\N{REPLACEMENT CHARACTER}b\\x1b",
        "Write more.",
    )


@pytest.mark.parametrize(
    ("printed", "fields", "message"),
    [
        ("", {}, "something else"),
        ("2", {}, "something else"),
        (GOOD + GOOD, {}, "something else"),
        (b"\xff", {}, "something else"),
        ('{"points": "2", "found": ""}', {}, "something else"),
        ('{"points": -1, "found": ""}', {}, "something else"),
        ('{"points": 2, "found": "", "more": 1}', {}, "something else"),
        (json.dumps({"points": 2, "found": "x" * 3000}), {}, "something else"),
        (GOOD, {"exit_code": 1}, "exit code 1"),
        (GOOD, {"exit_code": None, "signal": 9}, "from outside"),
        (GOOD, {"exit_code": None, "error": 2}, "from outside"),
        (GOOD, {"exit_code": None, "timed_out": True}, "in time"),
        (GOOD, {"truncated": True}, "too much"),
    ],
)
def test_whatever_is_no_outcome_is_not_graded(printed, fields, message):
    check = script_check()
    document = ran(Grader(printed, **fields), check, evidence())
    assert document["scripts"] == {}
    with pytest.raises(EvidenceMissing, match=message):
        evaluate(check, document)


TRACEBACK = "Traceback (most recent call last):\n  File \"script.py\", line 3\nKeyError: 'x'\n"


@pytest.mark.parametrize("fields", [{"exit_code": 1}, {"exit_code": None, "timed_out": True}])
def test_what_a_failed_script_printed_is_for_authors_alone(fields):
    check = script_check()
    engine = Grader("so far", stderr=TRACEBACK.encode(), **fields)
    with pytest.raises(EvidenceMissing) as raised:
        evaluate(check, ran(engine, check, evidence()))
    assert raised.value.detail == f"so far\n{TRACEBACK.strip()}"
    assert "KeyError" not in str(raised.value)


def test_a_script_that_prints_no_outcome_leaves_what_it_printed_to_its_author():
    check = script_check()
    with pytest.raises(EvidenceMissing) as raised:
        evaluate(check, ran(Grader("x" * 9000 + "the end"), check, evidence()))
    assert raised.value.detail.endswith("xthe end")
    assert len(raised.value.detail) < 5000


def test_a_changed_script_has_to_be_run_again():
    check = script_check()
    document = ran(Grader(), check, evidence())
    assert is_current(check, document)
    for fields in ({"script": "print(2)"}, {"files": ["/root/x"]}, {"points": 3}):
        changed = script_check(**fields)
        assert not is_current(changed, document)
        with pytest.raises(EvidenceMissing, match="was not run on this"):
            evaluate(changed, document)
    assert script_version(script_check(message="Other words.")) == script_version(check)


def test_a_rerun_is_planned_where_a_script_has_changed_and_all_is_there_that_it_reads():
    check = script_check(files=("/root/answer",))
    document = evidence(files={"/root/answer": file_seen()})
    assert check.plan_rerun(document) == Job(check, document)
    ran(Grader(), check, document)
    assert check.plan_rerun(document) is None
    assert check.plan_rerun(evidence()) is None
    assert file_check(exists=False).plan_rerun(document) is None


def test_many_are_run_in_few_containers():
    jobs = [Job(script_check(), evidence()) for _ in range(JOBS_AT_ONCE + 1)]
    engine = Grader()
    run_jobs(jobs, engine, image="grader")
    assert len(engine.runs) == 2
    assert all(is_current(job.check, job.evidence) for job in jobs)


@pytest.mark.parametrize("script", ["def", "x = \0", "(" * 5000])
def test_what_is_no_python_is_refused(script):
    with pytest.raises(ValidationError):
        script_check(script=script)


def target_on(engine) -> Subject:
    handle = machine_on(engine)
    engine.calls.clear()
    return Subject(container_id=handle.container_id, image="drydock/linux:latest")


def test_scripts_come_last_and_name_files_of_their_own():
    engine = Grader()
    subject = target_on(engine)
    engine.machines["m"].files["/root/notes"] = b"hello"
    check = script_check(files=["/root/notes"])
    gathered = collect(checks=[check, file_check(equals="42")], subject=subject, engine=engine)
    assert engine.calls[-1][0] == "run_isolated"
    assert set(gathered["files"]) == {"/root/notes", "/root/answer"}
    assert evaluate(check, load_evidence(json.loads(json.dumps(gathered)))).passed


def test_a_script_is_not_run_on_half_of_the_evidence():
    engine = Grader()
    subject = target_on(engine)
    engine.fail("read_file", EngineUnavailable("x"))
    gathered = collect(checks=[script_check(files=["/root/x"])], subject=subject, engine=engine)
    assert engine.runs == []
    with pytest.raises(EvidenceMissing, match="could not be reached"):
        evaluate(script_check(files=["/root/x"]), gathered)


def test_an_engine_without_the_graders_image_says_so():
    engine = FakeEngine()
    gathered = collect(checks=[script_check()], subject=target_on(engine), engine=engine)
    assert gathered["errors"] == {"scripts": REASONS[ImageMissing]}
