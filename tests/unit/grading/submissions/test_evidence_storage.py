"""Evidence is stored compressed, up to a size, with the versions of what it was gathered with."""

import importlib

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from checks.errors import EvidenceTooLarge
from checks.evidence.collector import check_size
from checks.evidence.schema import empty_evidence
from grading.assignments import assign
from grading.fields import pack_document, unpack_document
from grading.models import Score, Submission
from grading.submissions import grading
from grading.submissions.service import submit
from tests.support.checks.evidence import command_seen, evidence, file_seen
from tests.support.factories import SubmissionFactory

migration = importlib.import_module("grading.migrations.0002_evidence_versions")


def raw(submission):
    with connection.cursor() as cursor:
        cursor.execute("SELECT evidence FROM grading_submission")
        return bytes(cursor.fetchone()[0])


@pytest.fixture
def submission(student, exercise):
    observed = evidence(files={"/root/answer": file_seen(b"lighthouse " * 2000)})
    return SubmissionFactory(
        user=student,
        exercise=exercise,
        number=1,
        points=5,
        evidence=observed,
        changed_at=timezone.now(),
    )


def test_a_document_comes_back_as_it_was(submission):
    assert Submission.objects.get().evidence == submission.evidence


def test_it_lies_compressed_in_the_database(submission):
    assert unpack_document(raw(submission)) == submission.evidence
    assert len(raw(submission)) < 1000


def test_an_empty_one_comes_back_empty(student, exercise):
    SubmissionFactory(
        user=student, exercise=exercise, number=1, points=5, changed_at=timezone.now()
    )
    assert Submission.objects.get().evidence == {}


@pytest.mark.parametrize("text", ["é\u2028", "\ud800", "\0"])
def test_any_text_can_be_stored(text):
    assert unpack_document(pack_document({"text": text})) == {"text": text}


def test_the_cap_counts_what_reading_takes():
    check_size(evidence(files={"/a": file_seen(b"x" * 1000)}), 2000)
    with pytest.raises(EvidenceTooLarge, match="at most 1000"):
        check_size(evidence(files={"/a": file_seen(b"x" * 1000)}), 1000)


def test_too_much_evidence_is_not_graded_and_costs_no_attempt(
    student, exercise, sandbox, files, published, queued, settings
):
    settings.EVIDENCE_MAX_BYTES = 1000
    files |= {"/root/answer": b"42\n", "/root/name": b"box " * 1000}
    submission = submit(assignment=assign(exercise, student), sandbox=sandbox)
    grading.grade_submission(submission.pk)
    submission.refresh_from_db()
    assert submission.state == Submission.State.NOT_GRADED
    assert "at most 1000 can be kept" in submission.reason
    assert submission.evidence == {}
    assert not Score.objects.exists()


def test_the_versions_of_image_exercise_and_checker_stand_in_it(
    student, exercise, sandbox, files, published, queued, settings, tmp_path
):
    settings.VAR_DIR = tmp_path
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "checker").write_bytes(b"one")
    submission = submit(assignment=assign(exercise, student), sandbox=sandbox)
    grading.grade_submission(submission.pk)
    submission.refresh_from_db()
    about = submission.evidence["about"]
    assert (about["image"], about["exercise"]) == ("drydock/linux:latest", "v1")
    assert len(about["checker"]) == 12


def test_old_commands_get_their_words_where_the_exercise_is_the_same(submission):
    """What the migration does to documents of version 1, which did not say what was run."""
    check = {"kind": "command", "id": "prints", "argv": ["cat", "/root/answer"]}
    submission.exercise.definition = {"checks": [check]}
    old = {name: value for name, value in command_seen().items() if name != "argv"}
    submission.evidence_json = {**empty_evidence(), "commands": {"prints": old}}
    submission.exercise_version = submission.exercise.version
    assert migration.with_words(submission)["commands"]["prints"]["argv"] == ["cat", "/root/answer"]
    submission.exercise_version = "another"
    assert migration.with_words(submission) == submission.evidence_json


def test_a_migrated_row_reads_as_before(database_on_disk):
    """Back to rows of JSON text and forth again."""
    from django.db.migrations.executor import MigrationExecutor

    before, after = [("grading", "0001_initial")], [("grading", "0002_evidence_versions")]
    graph = MigrationExecutor(connection).loader.graph
    newest, curriculum = graph.leaf_nodes("grading"), graph.leaf_nodes("curriculum")
    MigrationExecutor(connection).migrate(before)
    state = MigrationExecutor(connection).loader.project_state([*before, *curriculum]).apps
    course = state.get_model("curriculum", "Course").objects.create(slug="c", title="C")
    lesson = state.get_model("curriculum", "Lesson").objects.create(
        course=course, slug="l", title="L", version="1"
    )
    exercise = state.get_model("curriculum", "Exercise").objects.create(
        lesson=lesson, slug="e", title="E", points=1, definition={}, version="v1"
    )
    user = apps.get_model("accounts", "User").objects.create_user("old")
    old = state.get_model("grading", "Submission")
    old.objects.create(
        user_id=user.pk,
        exercise=exercise,
        number=1,
        points=1,
        evidence={"facts": {"cpus": 1}},
        changed_at=timezone.now(),
    )
    MigrationExecutor(connection).migrate(after)
    MigrationExecutor(connection).migrate(newest)
    assert Submission.objects.get().evidence == {"facts": {"cpus": 1}}
