"""Scores and submissions as pages read them, and who may."""

import pytest
from django.http import Http404
from django.utils import timezone

from curriculum.models import Exercise
from grading.access import get_submission_or_404
from grading.models import Submission
from grading.queries import latest_submissions
from grading.submissions.payload import submission_payload
from tests.support.factories import SubmissionFactory, UserFactory


@pytest.fixture
def make(student, exercise):
    """Makes a closed submission of the student's."""

    def make(number: int, **fields: object) -> Submission:
        values = {
            "user": student,
            "exercise": exercise,
            "points": 5,
            "state": "graded",
            "changed_at": timezone.now(),
        }
        return SubmissionFactory(**{**values, "number": number, **fields})

    return make


@pytest.fixture
def lesson(exercise):
    return exercise.lesson


def second_exercise(lesson):
    return Exercise.objects.create(
        lesson=lesson, slug="second", title="Second", machine="box", points=1, definition={}
    )


def test_latest_submission_of_each_exercise(make, student, lesson):
    make(1)
    last = make(2)
    other = make(1, exercise=second_exercise(lesson))
    make(9, user=UserFactory(username="eve"))
    latest = latest_submissions(student, lesson.exercises.all())
    assert latest == {last.exercise_id: last, other.exercise_id: other}
    assert latest_submissions(student, []) == {}


def test_latest_submissions_take_one_query_however_many(
    make, student, lesson, django_assert_num_queries
):
    make(1)
    make(1, exercise=second_exercise(lesson))
    exercises = list(lesson.exercises.select_related("lesson__course"))
    with django_assert_num_queries(1):
        [
            submission_payload(submission)
            for submission in latest_submissions(student, exercises).values()
        ]


@pytest.mark.parametrize(
    ("name", "role", "sees"),
    [
        ("ada", None, True),
        ("eve", "student", False),
        ("ida", "instructor", True),
        ("olga", "operator", True),
    ],
)
def test_a_submission_is_seen_by_its_student_and_those_who_teach(make, student, name, role, sees):
    submission = make(1)
    user = student if role is None else UserFactory(username=name, role=role)
    if sees:
        assert get_submission_or_404(user, submission.pk) == submission
    else:
        with pytest.raises(Http404):
            get_submission_or_404(user, submission.pk)
