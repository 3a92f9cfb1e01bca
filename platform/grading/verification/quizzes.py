"""Verify quizzes.

The key must earn everything, no answer nothing, and a wrong answer less.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from checks.evidence.schema import empty_evidence
from checks.results import CheckResult, evaluate
from curriculum.loader.files import CourseFiles, ExerciseFiles, LessonFiles
from curriculum.schema.placeholders import fill_spec
from grading.verification.cases import Outcome, draw_for, find_exercises
from questions.base import BaseQuestion


@dataclass(frozen=True)
class QuizCase:
    """Hold all questions of an exercise; `seed` is that of its parameters."""

    lesson: LessonFiles
    exercise: ExerciseFiles
    seed: int = 1

    @property
    def suite(self) -> str:
        """Return course/lesson/exercise."""
        return f"{self.lesson.key}/{self.exercise.spec.slug}"

    @property
    def name(self) -> str:
        """Return the questions' name in the files, and the values."""
        values = (f"{parameter}={value}" for parameter, value in self.values.items())
        return " ".join(["questions", *values])

    @property
    def values(self) -> dict[str, str]:
        """Draw the values of the exercise's parameters."""
        return draw_for(self.exercise, self.suite, self.seed)

    @property
    def is_solution(self) -> bool:
        """Whether this case must pass: the key must."""
        return True


def find_quizzes(
    courses: Iterable[CourseFiles], *, course: str = "", exercise: str = "", seeds: int = 1
) -> list[QuizCase]:
    """Find the quizzes of all exercises, or of a course or slug.

    They come in reading order, so many times where an exercise has parameters.
    """
    return [
        QuizCase(lesson, files, seed)
        for lesson, files in find_exercises(courses, course=course, exercise=exercise)
        if files.spec.questions
        for seed in range(1, (seeds if files.spec.parameters else 1) + 1)
    ]


def verify_quiz(case: QuizCase) -> Outcome:
    """Verify every question of a quiz."""
    began = time.monotonic()
    faults = [
        fault
        for question in fill_spec(case.exercise.spec, case.values).questions
        for fault in question_faults(question)
    ]
    return Outcome(case, time.monotonic() - began, tuple(faults))


def question_faults(question: BaseQuestion) -> list[str]:
    """Find what is wrong with a question's key."""
    faults = []
    if not evaluate_answer(question, question.right_answer()).passed:
        faults.append(f"{question.id}: the right answer does not pass")
    if evaluate_answer(question, None).earned:
        faults.append(f"{question.id}: no answer earns something")
    for name, answer in question.wrong_answers():
        if evaluate_answer(question, answer).earned >= question.points:
            faults.append(f"{question.id}: all points are earned by {name}")
    return faults


def evaluate_answer(question: BaseQuestion, answer: Any) -> CheckResult:
    """Evaluate a single answer."""
    return evaluate(question, {**empty_evidence(), "answers": {question.id: answer}})
