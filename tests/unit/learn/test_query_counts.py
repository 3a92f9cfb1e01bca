"""Query counts of lists don't grow with what is in them; two queries are for session and user."""

import pytest
from django.utils import timezone

from tests.support.factories import (
    CourseFactory,
    ExerciseFactory,
    LessonFactory,
    SandboxFactory,
    ScoreFactory,
    SubmissionFactory,
)
from tests.support.learners import MEASURED, PREDICTED, client_of

# The most each may take, by path.
LIMITS = {
    "/": 6,
    "/courses/course/": 6,
    "/courses/course/boxes/": 6,
    "/api/courses": 6,
    "/api/progress": 6,
    "/api/lessons/course/boxes": 6,
}


@pytest.mark.parametrize("path", LIMITS)
def test_constant(path, student, lesson, django_assert_max_num_queries):
    client = client_of(student)
    with django_assert_max_num_queries(LIMITS[path]) as few:
        assert client.get(path).status_code == 200
    grow(student, lesson)
    with django_assert_max_num_queries(LIMITS[path]) as many:
        assert client.get(path).status_code == 200
    assert len(many) <= len(few) + 1, "one more for a sandbox's machines"


def grow(student, lesson):
    """Five more courses with five lessons of three exercises each, all tried; and a sandbox."""
    SandboxFactory(user=student, lesson=lesson)
    for number in range(5):
        course = CourseFactory(slug=f"course-{number}", title="More")
        for slug in "abcde":
            fill(student, LessonFactory(course=course, slug=slug))
    fill(student, lesson)


QUESTION = {"kind": "short-text", "id": "what", "text": "What?", "accepted": ["this"]}
KINDS = {
    "plain": {},
    "quiz": {"questions": [QUESTION], "show_solution": "after-attempts", "solution_after": 3},
    "prediction": {"checks": [MEASURED], "predictions": [PREDICTED]},
}


def fill(student, lesson):
    """Exercises of each kind; two quizzes, for an unsolved quiz may ask for the student's score."""
    for slug, more in (*KINDS.items(), ("another-quiz", KINDS["quiz"])):
        exercise = ExerciseFactory(lesson=lesson, slug=slug)
        exercise.definition |= more
        exercise.save()
        ScoreFactory(user=student, exercise=exercise, best=1, attempts=1)
        SubmissionFactory(
            user=student,
            exercise=exercise,
            number=1,
            state="graded",
            points=3,
            changed_at=timezone.now(),
        )
