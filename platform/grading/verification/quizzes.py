"""Verify quizzes.

The key must earn everything, no answer nothing, and a wrong answer less.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from checks.evidence.schema import empty_evidence
from checks.judges import CheckResult, evaluate
from curriculum.loader.files import CourseFiles, ExerciseFiles, LessonFiles
from curriculum.schema.placeholders import fill_spec
from grading.verification.cases import Outcome, draw_for, find_exercises
from questions.specs import (
    MatchQuestion,
    MultipleQuestion,
    NumberQuestion,
    OrderQuestion,
    Question,
    SingleQuestion,
    TextQuestion,
    key_of,
)


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
        """Return what the files call them, and with which values."""
        values = (f"{parameter}={value}" for parameter, value in self.values.items())
        return " ".join(["questions", *values])

    @property
    def values(self) -> dict[str, str]:
        """Draw the values of the exercise's parameters."""
        return draw_for(self.exercise, self.suite, self.seed)

    @property
    def is_solution(self) -> bool:
        """Whether it is what must pass: the key is."""
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


def question_faults(question: Question) -> list[str]:
    """Find what is wrong with a question's key."""
    faults = []
    if not evaluate_answer(question, right_answer(question)).passed:
        faults.append(f"{question.id}: the right answer does not pass")
    if evaluate_answer(question, None).earned:
        faults.append(f"{question.id}: no answer earns something")
    for name, answer in wrong_answers(question):
        if evaluate_answer(question, answer).earned >= question.points:
            faults.append(f"{question.id}: all points are earned by {name}")
    return faults


def evaluate_answer(question: Question, answer: Any) -> CheckResult:
    """Evaluate a single answer."""
    return evaluate(question, {**empty_evidence(), "answers": {question.id: answer}})


def right_answer(question: Question) -> Any:
    """Return what the key says, as evidence."""
    return _RIGHT[type(question)](question)


def wrong_answers(question: Question) -> Iterator[tuple[str, Any]]:
    """Yield answers that the question itself names as wrong.

    They come as what each is, and the answer as evidence.
    """
    if isinstance(question, SingleQuestion):
        yield from ((f"“{option.text}”", option.key) for option in question.options if not option.right)
    elif isinstance(question, MultipleQuestion):
        for option in question.options:
            change = "without" if option.right else "with"
            yield f"the key {change} “{option.text}”", sorted(question.right ^ {option.key})
    elif isinstance(question, OrderQuestion):
        for at, item in enumerate(question.items[1:]):
            keys = list(question.keys)
            keys[at], keys[at + 1] = keys[at + 1], keys[at]
            yield f"“{item}” a place too early", keys
    elif isinstance(question, MatchQuestion):
        for pair in question.pairs:
            other = next(choice for choice in question.choices if choice != pair.right)
            yield f"“{pair.left}” with “{other}”", {**question.key, pair.key: key_of(other)}


_RIGHT: dict[type, Callable[[Any], Any]] = {
    SingleQuestion: lambda question: next(iter(question.right)),
    MultipleQuestion: lambda question: sorted(question.right),
    NumberQuestion: lambda question: {"value": f"{question.answer:.15g}", "unit": question.unit},
    TextQuestion: lambda question: question.accepted[0],
    OrderQuestion: lambda question: list(question.keys),
    MatchQuestion: lambda question: question.key,
}
