"""End a pattern that takes for ever in *not graded*, in good time; it holds nothing up."""

import pytest

from core.specs import patterns
from core.specs.outcomes import EvidenceMissing
from curriculum.models import Exercise
from grading.assignments import assign
from grading.models import Score
from grading.submissions.service import submit

# Eighty letters can be taken apart in 10^16 ways, and none of them fits.
ENDLESS, TEXT = "(a|aa)+$", "a" * 80 + "!"


@pytest.mark.parametrize("match", [patterns.matches, patterns.matches_all])
def test_an_endless_pattern_is_given_up(match, monkeypatch):
    monkeypatch.setattr(patterns, "SECONDS", 0.05)
    with pytest.raises(EvidenceMissing, match="takes too long") as refusal:
        match(ENDLESS, TEXT)
    assert ENDLESS not in str(refusal.value)


def test_found_anywhere_and_fitting_as_a_whole():
    assert patterns.matches("b+", "abba")
    assert not patterns.matches("b+", "ABBA")
    assert patterns.matches_all("(?i)ab+a|x", "ABBA")
    assert not patterns.matches_all("b+", "abba")


@pytest.mark.django_db(transaction=True)
def test_a_quiz_with_it_is_not_graded_and_counts_for_nothing(
    exercise, published, student, monkeypatch
):
    monkeypatch.setattr(patterns, "SECONDS", 0.05)
    question = {
        "kind": "short-text",
        "id": "what",
        "text": "What?",
        "accepted": ["this"],
        "matches": ENDLESS,
    }
    definition = {"slug": "quiz", "title": "Quiz", "questions": [question]}
    quiz = Exercise.objects.create(
        lesson=exercise.lesson,
        slug="quiz",
        title="Quiz",
        machine="",
        points=1,
        definition=definition,
        version="q1",
    )
    submission = submit(assignment=assign(quiz, student), sandbox=None, answers={"what": TEXT})
    submission.refresh_from_db()
    assert submission.state == "not_graded"
    assert "takes too long" in submission.reason
    assert not Score.objects.filter(user=student, exercise=quiz, attempts__gt=0).exists()
