"""Quizzes as they are submitted: graded at once, without a machine."""

from copy import deepcopy

import pytest
from django.utils import timezone

from curriculum.models import Exercise
from grading.assignments import assign
from grading.errors import SandboxNotReady
from grading.models import Score, Submission
from grading.queries import latest_submissions
from grading.regrading.overrides import override_score
from grading.regrading.service import plan, regrade
from grading.submissions.payload import submission_payload
from grading.submissions.service import submit
from grading.tasks import grade
from questions.base import key_of
from questions.errors import BadAnswers
from tests.support.factories import SubmissionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
QUESTIONS = [
    {
        "kind": "single",
        "id": "kernel",
        "points": 2,
        "text": "Whose kernel?",
        "options": [
            {"text": "The host's", "right": True},
            {"text": "Its own", "explanation": "That is a VM."},
        ],
    },
    {
        "kind": "number",
        "id": "size",
        "points": 3,
        "text": "How much?",
        "answer": 1.0,
        "unit": "GiB",
    },
]
RIGHT = {"kernel": key_of("The host's"), "size": {"value": "1024", "unit": "MiB"}}


@pytest.fixture
def quiz(exercise, published) -> Exercise:
    definition = {"slug": "quiz", "title": "Quiz", "questions": deepcopy(QUESTIONS)}
    return Exercise.objects.create(
        lesson=exercise.lesson,
        slug="quiz",
        title="Quiz",
        machine="",
        points=5,
        definition=definition,
        version="q1",
    )


@pytest.fixture
def answer(student, quiz):
    """Hands it in."""
    return lambda **answers: submit(assignment=assign(quiz, student), sandbox=None, answers=answers)


def test_it_is_graded_at_once_and_told_once(answer, published, student, quiz):
    submission = answer(**RIGHT)
    submission.refresh_from_db()
    assert (submission.state, submission.score, submission.passed, submission.number) == (
        "graded",
        5,
        True,
        1,
    )
    assert submission.evidence["answers"] == RIGHT
    assert submission.evidence["about"]["exercise"] == submission.exercise_version == "q1"
    assert [event["payload"]["submission"]["state"] for event in published] == ["graded"]
    score = Score.objects.get(user=student, exercise=quiz)
    assert (score.best, score.attempts, score.passed_at is not None) == (5, 1, True)


def test_attempts_count_and_the_best_stays(answer):
    assert [answer(**RIGHT).number, answer(size="2").number, answer().number] == [1, 2, 3]
    score = Score.objects.get()
    assert (score.best, score.attempts) == (5, 3)


@pytest.mark.parametrize("answers", [None, {"kernel": "x"}, {"nobody": "asked"}])
def test_what_can_not_be_an_answer_costs_nothing(student, quiz, answers):
    with pytest.raises(BadAnswers):
        submit(assignment=assign(quiz, student), sandbox=None, answers=answers)
    assert not Submission.objects.exists()


def test_work_in_a_machine_takes_no_answers(student, exercise, sandbox):
    with pytest.raises(BadAnswers, match="no such question"):
        submit(assignment=assign(exercise, student), sandbox=sandbox, answers={"kernel": "x"})


def test_the_payload_has_answers_and_what_is_told(answer):
    payload = submission_payload(answer(kernel=key_of("Its own")))
    assert payload["answers"] == {"kernel": key_of("Its own")}
    assert payload["feedback"]["kernel"]["marks"].keys() == {key_of("Its own")}
    assert payload["feedback"]["size"]["passed"] is False
    assert key_of("The host's") not in str(payload)
    assert "GiB" not in str(payload)


def test_answers_come_along_with_the_latest_submissions(
    answer, student, quiz, django_assert_num_queries
):
    answer(**RIGHT)
    with django_assert_num_queries(1):
        latest = latest_submissions(student, [quiz])
        assert submission_payload(latest[quiz.pk])["answers"] == RIGHT


def test_a_corrected_key_regrades_what_is_stored(answer, quiz):
    answer(kernel=key_of("Its own"), size="1")
    quiz.definition["questions"][0]["options"] = [
        {"text": "The host's"},
        {"text": "Its own", "right": True},
    ]
    quiz.save()
    ids = [verdict.submission.pk for verdict in plan(Submission.objects.all())]
    (verdicts,) = regrade(ids, by=None)
    assert [(regraded.kind, regraded.after.score) for regraded in verdicts] == [("changed", 5)]
    assert Score.objects.get().best == 5


def test_a_question_that_came_later_takes_a_new_attempt(answer, quiz):
    answer(**RIGHT)
    quiz.definition["questions"].append(
        {"kind": "number", "id": "more", "text": "And?", "answer": 1}
    )
    quiz.save()
    (verdict,) = plan(Submission.objects.all())
    assert (verdict.kind, verdict.missing) == (
        "needs attempt",
        ("more: The question more was not asked.",),
    )


def test_a_score_may_be_set_by_hand(answer):
    instructor = UserFactory(username="ines", role="instructor")
    submission = override_score(
        submission=answer(), by=instructor, score=4, reason="Said it in class."
    )
    assert submission_payload(submission)["override"] == {"reason": "Said it in class."}
    assert Score.objects.get().best == 4


@pytest.fixture
def both(exercise) -> Exercise:
    """Work in a machine, and questions about it."""
    exercise.definition["questions"] = QUESTIONS
    exercise.points = 10
    exercise.save()
    return exercise


def test_questions_beside_checks_wait_for_the_machine(
    student, both, sandbox, files, queued, published
):
    with pytest.raises(SandboxNotReady):
        submit(assignment=assign(both, student), sandbox=None, answers=RIGHT)
    files["/root/answer"] = b"42\n"
    submission = submit(assignment=assign(both, student), sandbox=sandbox, answers=RIGHT)
    assert (submission.state, len(queued)) == ("queued", 1)
    grade(str(submission.pk))
    submission.refresh_from_db()
    assert (submission.state, submission.score, submission.points) == ("graded", 8, 10)
    assert [result["check"] for result in submission.results] == [
        "answer",
        "name",
        "kernel",
        "size",
    ]
    assert submission.evidence["answers"] == RIGHT


def test_an_open_submission_of_another_tab_is_given_first(student, quiz):
    """A mixed exercise that became a quiz while its submission was under way."""
    first = SubmissionFactory(
        user=student, exercise=quiz, number=1, points=5, changed_at=timezone.now()
    )
    assert submit(assignment=assign(quiz, student), sandbox=None, answers=RIGHT).pk == first.pk
