"""What those who teach try out counts nowhere: no attempt is used up, no student's list has it."""

import importlib

import pytest
from django.apps import apps
from django.urls import reverse

from accounts.models import User
from grading.errors import NoMoreAttempts
from grading.models import Score, Submission
from grading.progress.queries import lesson_assignments
from grading.queries import latest_submissions
from grading.regrading.overrides import override_score
from grading.submissions.payload import submission_payload
from tests.support.factories import ScoreFactory, SubmissionFactory

migration = importlib.import_module("grading.migrations.0006_trials")


@pytest.fixture
def teacher(student):
    """The owner of the sandbox, who teaches."""
    student.role = User.Role.INSTRUCTOR
    student.is_staff = True
    student.save()
    return student


@pytest.fixture
def bounded(exercise):
    """An exercise of two attempts."""
    exercise.definition = exercise.definition | {"attempts": 2}
    exercise.save()
    return exercise


def back_to_student(user):
    user.role = User.Role.STUDENT
    user.save()


def test_a_teacher_tries_as_often_as_they_like(teacher, bounded, check):
    assert [check().state for _ in range(4)] == [Submission.State.GRADED] * 4


def test_a_student_still_has_so_many_attempts(bounded, check):
    check(), check()
    with pytest.raises(NoMoreAttempts):
        check()


def test_trials_are_shown_to_who_made_them_as_trials(teacher, bounded, check):
    submission = check()
    assert submission_payload(submission)["trial"]
    (assignment,) = lesson_assignments(bounded.lesson, teacher)
    assert assignment.exercise.attempts == 1
    assert latest_submissions(teacher, [bounded]) == {bounded.pk: submission}


def test_who_stops_teaching_begins_without_them(teacher, bounded, check, files):
    files["/root/answer"] = b"42\n"
    check(), check()
    back_to_student(teacher)
    (assignment,) = lesson_assignments(bounded.lesson, teacher)
    assert (assignment.exercise.best, assignment.exercise.attempts) == (None, None)
    assert latest_submissions(teacher, [bounded]) == {}
    del files["/root/answer"]
    first = check()
    assert not first.trial
    score = Score.objects.get(user=teacher, trial=False)
    assert (score.attempts, score.best) == (1, first.score)


def test_a_corrected_trial_leaves_the_student_score_alone(teacher, bounded, check):
    trial = check()
    back_to_student(teacher)
    attempt = check()
    override_score(submission=trial, by=teacher, score=5, reason="A test.")
    scores = dict(Score.objects.filter(user=teacher).values_list("trial", "best"))
    assert scores == {True: 5, False: attempt.score}


def test_lists_of_students_work_have_none(teacher, bounded, check, client):
    check()
    client.force_login(teacher)
    for model in ("submission", "score"):
        page = reverse(f"admin:grading_{model}_changelist")
        counts = [
            client.get(page + query).context["cl"].result_count
            for query in ("", "?by=trials", "?by=all")
        ]
        assert counts == [0, 1, 1], model


def test_who_teaches_is_told_on_the_page(teacher, bounded, client):
    client.force_login(teacher)
    bounded.lesson.blocks = [{"type": "exercise", "slug": bounded.slug}]
    bounded.lesson.save()
    page = client.get(reverse("lesson", args=["course", "lesson"])).content.decode()
    assert "your attempts are trials and count nowhere" in page
    back_to_student(teacher)
    page = client.get(reverse("lesson", args=["course", "lesson"])).content.decode()
    assert "trials" not in page


def test_what_teachers_did_before_the_upgrade_is_a_trial(teacher, exercise):
    submission = SubmissionFactory(user=teacher, exercise=exercise)
    score = ScoreFactory(user=teacher, exercise=exercise)
    other = ScoreFactory(exercise=exercise)
    migration.mark_trials(apps, None)
    for row in (submission, score, other):
        row.refresh_from_db()
    assert (submission.trial, score.trial, other.trial) == (True, True, False)
