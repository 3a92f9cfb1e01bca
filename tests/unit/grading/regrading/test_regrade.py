"""Grading stored evidence again after the checks were corrected."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from checks.evidence.script_runner import Job, script_version
from core.models import AuditEntry
from grading.models import ResultVersion, Score, Submission
from grading.regrading.overrides import override_score
from grading.regrading.scripts import rerun_on_default_host
from grading.regrading.service import plan, regrade, select_submissions
from sandboxes.engine.checker_protocol import ProbeFact
from tests.support.checks.evidence import command_seen, script_check
from tests.support.factories import HostFactory, UserFactory
from tests.support.grading import correct, hand_in

MANY = 500


def verdicts():
    return list(plan(Submission.objects.all()))


def run(**options: Any):
    return [
        verdict
        for batch in regrade(
            list(Submission.objects.values_list("pk", flat=True)), by=None, **options
        )
        for verdict in batch
    ]


@pytest.fixture
def submission(student, exercise, published):
    exercise.definition["checks"] = [dict(check) for check in exercise.definition["checks"]]
    return hand_in(student, exercise)


def test_a_corrected_check_is_planned_and_nothing_is_written(submission, exercise):
    correct(exercise, equals="41")
    [verdict] = verdicts()
    assert (verdict.kind, str(verdict.before), str(verdict.after)) == (
        "changed",
        "2 of 5",
        "5 of 5",
    )
    assert [(change.check, change.before, change.after) for change in verdict.changes] == [
        ("answer", "0 of 3", "3 of 3")
    ]
    submission.refresh_from_db()
    assert (submission.score, submission.exercise_version) == (2, "v1")
    assert not ResultVersion.objects.exists()


def test_it_is_applied_to_submission_and_score(
    submission, exercise, published, django_capture_on_commit_callbacks
):
    correct(exercise, equals="41")
    with django_capture_on_commit_callbacks(execute=True):
        run(reason="41 is right, too")
    submission.refresh_from_db()
    assert (submission.score, submission.passed, submission.exercise_version) == (5, True, "v2")
    score = Score.objects.get()
    assert (score.best, score.attempts, score.passed_at) == (5, 1, submission.changed_at)
    assert [event["payload"]["submission"]["score"] for event in published] == [5]


def test_every_version_is_kept(submission, exercise):
    correct(exercise, equals="41")
    run()
    correct(exercise, equals="40")
    run(allow_lower=True)
    versions = ResultVersion.objects.values_list("number", "cause", "score", "exercise_version")
    assert list(versions) == [
        (1, "graded", 2, "v1"),
        (2, "regraded", 5, "v2"),
        (3, "regraded", 2, "v2"),
    ]
    assert ResultVersion.objects.get(number=1).results[0]["earned"] == 0


def test_the_audit_log_says_what_was_done(submission, exercise, student):
    correct(exercise, equals="41")
    run(reason="41 is right, too")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.target_id, entry.reason) == (
        "grading.regraded",
        str(submission.pk),
        "41 is right, too",
    )
    assert (entry.before["score"], entry.before["failed"]) == (2, ["answer"])
    assert (entry.after["score"], entry.after["failed"], entry.after["user"]) == (5, [], student.pk)


def test_a_score_never_falls_unless_told_to(submission, exercise):
    correct(exercise, check=1, contains="crate")
    [verdict] = run()
    assert verdict.kind == "lower"
    submission.refresh_from_db()
    assert (submission.score, Score.objects.get().best) == (2, 2)
    run(allow_lower=True)
    submission.refresh_from_db()
    assert (submission.score, Score.objects.get().best) == (0, 0)


def test_a_pass_that_would_be_lost_counts_as_falling(submission, exercise, student):
    passed = hand_in(student, exercise, answer=b"42\n", number=2)
    correct(exercise, points=4, contains=None, equals="42")
    correct(exercise, check=1, contains="crate", points=1)
    assert {verdict.submission.pk: verdict.kind for verdict in verdicts()}[passed.pk] == "lower"


def test_another_attempt_keeps_the_best_score(submission, exercise, student):
    hand_in(student, exercise, answer=b"42\n", number=2)
    correct(exercise, check=1, contains="crate")
    run(allow_lower=True)
    assert Score.objects.get().best == 3


def test_a_path_that_was_not_looked_at_needs_a_new_attempt(submission, exercise):
    correct(exercise, path="/root/other", equals="41")
    correct(exercise, check=1, contains="x")
    [verdict] = run(allow_lower=True)
    assert verdict.kind == "needs attempt"
    assert verdict.missing == ("answer: /root/other was not collected.",)
    submission.refresh_from_db()
    assert submission.score == 2
    assert not AuditEntry.objects.exists()


def test_another_command_under_the_same_name_needs_a_new_attempt(submission, exercise):
    command = {
        "kind": "command",
        "id": "answer",
        "points": 3,
        "argv": ["cat", "/root/answer"],
        "message": "m",
        "read": "r",
    }
    exercise.definition["checks"][0] = command
    exercise.save()
    Submission.objects.update(
        evidence={**submission.evidence, "commands": {"answer": command_seen()}}
    )
    assert verdicts()[0].kind == "changed"
    correct(exercise, argv=["cat", "/root/other"])
    assert verdicts()[0].kind == "needs attempt"


def test_new_words_alone_are_written_and_are_nothing_to_read(submission, exercise):
    correct(exercise, message="Another message.")
    [verdict] = run()
    assert (verdict.kind, verdict.notable) == ("changed", False)
    submission.refresh_from_db()
    assert submission.results[0]["message"] == "Another message."


def test_twice_changes_nothing_more(submission, exercise):
    correct(exercise, equals="41")
    run()
    assert [verdict.kind for verdict in run()] == ["same"]
    assert AuditEntry.objects.count() == 1


def test_a_check_that_is_gone_takes_its_points_with_it(submission, exercise):
    del exercise.definition["checks"][0]
    exercise.save()
    [verdict] = verdicts()
    assert (str(verdict.after), verdict.kind) == ("2 of 2", "changed")
    assert [(change.check, change.after) for change in verdict.changes] == [("answer", "–")]


def test_a_score_set_by_hand_stays(submission, exercise, student):
    override_score(submission=submission, by=UserFactory(username="ines"), score=1, reason="copied")
    correct(exercise, equals="41")
    run()
    submission.refresh_from_db()
    assert (submission.score, submission.override_reason) == (1, "copied")
    assert submission.results[0]["passed"]


def test_one_that_is_not_graded_is_left_alone(submission, exercise):
    Submission.objects.update(state="not_graded")
    correct(exercise, equals="41")
    assert run() == []


def test_an_older_attempt_is_not_sent_to_the_page(
    submission, exercise, student, published, django_capture_on_commit_callbacks
):
    hand_in(student, exercise, answer=b"40\n", number=2)
    correct(exercise, equals="41")
    with django_capture_on_commit_callbacks(execute=True):
        run()
    assert [event["payload"]["submission"]["number"] for event in published] == [2]


def test_they_are_chosen_by_slug_and_name(submission, exercise):
    chosen = [
        {"course": "course"},
        {"lesson": "lesson"},
        {"lesson": "course/lesson"},
        {"exercise": "first"},
        {"user": "ada"},
    ]
    assert [select_submissions(**names).count() for names in chosen] == [1] * len(chosen)
    missed = [
        {"course": "x"},
        {"lesson": "x/lesson"},
        {"exercise": "x"},
        {"user": "x"},
        {"user": "ada", "course": "x"},
    ]
    assert [select_submissions(**names).count() for names in missed] == [0] * len(missed)


def test_five_hundred_take_few_statements_and_no_sandbox(
    student, exercise, published, django_assert_max_num_queries
):
    exercise.definition["checks"] = [dict(check) for check in exercise.definition["checks"]]
    users = User.objects.bulk_create(User(username=f"user{number}") for number in range(MANY))
    for user in users:
        hand_in(user, exercise)
    correct(exercise, equals="41")
    with django_assert_max_num_queries(200):
        done = run()
    assert (len(done), {verdict.kind for verdict in done}) == (MANY, {"changed"})
    assert (
        Submission.objects.filter(score=5).count() == Score.objects.filter(best=5).count() == MANY
    )
    assert ResultVersion.objects.count() == 2 * AuditEntry.objects.count() == 2 * MANY


class TestCommand:
    def test_shows_without_writing(self, submission, exercise, capsys):
        correct(exercise, equals="41")
        call_command("regrade", exercise="first")
        printed = capsys.readouterr().out
        assert "2 of 5 → 5 of 5" in printed
        assert "answer: 0 of 3 → 3 of 3" in printed
        assert "1 to change" in printed
        submission.refresh_from_db()
        assert submission.score == 2

    def test_applies_under_a_name(self, submission, exercise, capsys):
        ines = UserFactory(username="ines")
        correct(exercise, equals="41")
        call_command("regrade", "--apply", "--by", "ines", "--reason", "so")
        assert "1 changed" in capsys.readouterr().out
        entry = AuditEntry.objects.get()
        assert (entry.actor_id, entry.reason, ResultVersion.objects.get(number=2).by) == (
            ines.pk,
            "so",
            ines,
        )

    def test_says_what_stays(self, submission, exercise, capsys):
        correct(exercise, check=1, contains="crate")
        call_command("regrade", "--apply")
        assert "would fall: stays" in capsys.readouterr().out

    @pytest.mark.parametrize("message", [["--user", "nobody"], ["--apply", "--by", "nobody"]])
    def test_refuses_unknown_names(self, submission, message):
        with pytest.raises(CommandError):
            call_command("regrade", *message)


# --- Scripts --------------------------------------------------------------------------------------


@pytest.fixture
def scripted(student, exercise):
    """A submission whose second check is a script that has given it nothing."""
    script = script_check(id="name", script="print(1)", files=["/root/name"])
    first = exercise.definition["checks"][0]
    exercise.definition = {**exercise.definition, "checks": [first, script.model_dump(mode="json")]}
    exercise.save()
    submission = hand_in(student, exercise, answer=b"42\n")
    outcome = {
        "version": script_version(script),
        "points": 0,
        "found": "no",
        "expected": "",
        "message": "",
    }
    submission.evidence["scripts"] = {"name": outcome}
    submission.save()
    return submission


def printing(points: int):
    """Stands in for a grader: scripts earn so many points; says how many were run."""
    ran: list[Job] = []

    def rerun(jobs):
        ran.extend(jobs)
        for job in jobs:
            job.evidence["scripts"][job.check.id] = {
                "version": script_version(job.check),
                "points": points,
                "found": "yes",
                "expected": "",
                "message": "",
            }

    return ran, rerun


def test_a_script_that_is_what_it_was_is_not_run_again(scripted):
    ran, rerun = printing(2)
    assert [verdict.after.score for verdict in plan(Submission.objects.all(), rerun=rerun)] == [3]
    assert ran == []


def test_a_changed_script_runs_over_the_stored_evidence(scripted, exercise):
    correct(exercise, 1, script="print(2)")
    ran, rerun = printing(2)
    assert [
        (verdict.kind, str(verdict.after))
        for verdict in plan(Submission.objects.all(), rerun=rerun)
    ] == [("changed", "5 of 5")]
    assert (len(ran), ran[0].check.script, set(ran[0].evidence["files"])) == (
        1,
        "print(2)",
        {"/root/answer", "/root/name"},
    )
    scripted.refresh_from_db()
    assert scripted.evidence["scripts"]["name"]["points"] == 0  # a plan writes nothing
    list(regrade([scripted.pk], by=None, rerun=rerun))
    scripted.refresh_from_db()
    assert (scripted.score, scripted.passed, scripted.evidence["scripts"]["name"]["points"]) == (
        5,
        True,
        2,
    )
    assert [verdict.kind for verdict in plan(Submission.objects.all())] == [
        "same"
    ]  # what came out is kept: no engine is needed


def test_without_a_grader_a_changed_script_needs_a_new_attempt(scripted, exercise):
    correct(exercise, 1, script="print(2)")
    assert [planned.kind for planned in plan(Submission.objects.all())] == ["needs attempt"]
    [verdict] = plan(
        Submission.objects.all(), rerun=rerun_on_default_host
    )  # there is no host at all
    assert (verdict.kind, "no engine" in verdict.missing[0]) == ("needs attempt", True)


def test_a_script_that_reads_another_file_needs_a_new_attempt(scripted, exercise):
    correct(exercise, 1, files=["/root/other"])
    ran, rerun = printing(2)
    assert [verdict.kind for verdict in plan(Submission.objects.all(), rerun=rerun)] == [
        "needs attempt"
    ]
    assert ran == []


def test_the_command_runs_scripts_on_the_default_hosts_engine(
    scripted, exercise, fake, fake_url, monkeypatch
):
    HostFactory(name="local", docker_url=fake_url)
    printed = b'{"points": 2, "found": "yes"}'
    monkeypatch.setattr(
        fake,
        "run_isolated",
        lambda _image, _files, commands: [
            ProbeFact(command.id, 0, printed, b"", truncated=False, timed_out=False)
            for command in commands
        ],
    )
    correct(exercise, 1, script="print(2)")
    call_command("regrade", apply=True)
    scripted.refresh_from_db()
    assert scripted.score == 5
