"""Quizzes tried without machines: does the key earn everything, no answer nothing, and every wrong one less?"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from checks.evidence.schema import empty_evidence
from checks.judges import CheckResult, evaluate
from curriculum.loader.reader import CourseFiles, ExerciseFiles, LessonFiles
from curriculum.schema.placeholders import fill_spec
from grading.verification.machines import Outcome, draw_for
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
    """All questions of an exercise. `seed` is that of its parameters."""

    lesson: LessonFiles
    exercise: ExerciseFiles
    seed: int = 1

    @property
    def suite(self) -> str:
        """course/lesson/exercise."""
        return f"{self.lesson.key}/{self.exercise.spec.slug}"

    @property
    def name(self) -> str:
        """As the files call them, and with which values."""
        return " ".join(["questions", *(f"{parameter}={value}" for parameter, value in self.values.items())])

    @property
    def values(self) -> dict[str, str]:
        """Of the exercise's parameters."""
        return draw_for(self.exercise, self.suite, self.seed)

    @property
    def is_solution(self) -> bool:
        """The key."""
        return True


def find_quizzes(
    courses: Iterable[CourseFiles], *, course: str = "", exercise: str = "", seeds: int = 1
) -> list[QuizCase]:
    """The quizzes of all exercises, or of one course's, or of the exercises with this slug, in reading order; so many
    times where an exercise has parameters."""
    lessons = [lesson for one in courses if course in ("", one.spec.slug) for lesson in one.lessons]
    return [
        QuizCase(lesson, one, seed)
        for lesson in lessons
        for one in lesson.exercises
        if exercise in ("", one.spec.slug) and one.spec.questions
        for seed in range(1, (seeds if one.spec.parameters else 1) + 1)
    ]


def try_quiz(case: QuizCase) -> Outcome:
    """Every question of it."""
    began = time.monotonic()
    faults = [
        fault
        for question in fill_spec(case.exercise.spec, case.values).questions
        for fault in question_faults(question)
    ]
    return Outcome(case, time.monotonic() - began, tuple(faults))


def question_faults(question: Question) -> list[str]:
    """What is wrong with a question's key."""
    faults = []
    if not _judged(question, right_answer(question)).passed:
        faults.append(f"{question.id}: the right answer does not pass")
    if _judged(question, None).earned:
        faults.append(f"{question.id}: no answer earns something")
    for name, answer in wrong_answers(question):
        if _judged(question, answer).earned >= question.points:
            faults.append(f"{question.id}: all points are earned by {name}")
    return faults


def _judged(question: Question, answer: Any) -> CheckResult:
    return evaluate(question, {**empty_evidence(), "answers": {question.id: answer}})


def right_answer(question: Question) -> Any:
    """What the key says, as evidence."""
    return _RIGHT[type(question)](question)


def wrong_answers(question: Question) -> Iterator[tuple[str, Any]]:
    """Answers that the question itself names as wrong: what each is, and the answer as evidence."""
    if isinstance(question, SingleQuestion):
        yield from ((f"“{one.text}”", one.key) for one in question.options if not one.right)
    elif isinstance(question, MultipleQuestion):
        for one in question.options:
            what = f"the key without “{one.text}”" if one.right else f"the key with “{one.text}”"
            yield what, sorted(question.right ^ {one.key})
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
