"""How far a student has come: plain values for pages and API, computed from rows that queries.py has read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Stage = Literal["new", "begun", "done"]


@dataclass(frozen=True)
class LessonProgress:
    """One lesson and what a student has of it: counts of exercises, and points."""

    slug: str
    title: str
    summary: str
    minutes: int
    exercises: int
    passed: int
    attempted: int
    points: int
    earned: int

    @property
    def stage(self) -> Stage:
        """A lesson without exercises leaves no trace, so it is always new."""
        if self.exercises and self.passed >= self.exercises:
            return "done"
        return "begun" if self.attempted else "new"


@dataclass(frozen=True)
class CourseProgress:
    """One course and what a student has of it."""

    slug: str
    title: str
    summary: str
    lessons: Sequence[LessonProgress]

    @property
    def minutes(self) -> int:
        """Of all lessons."""
        return _total(lesson.minutes for lesson in self.lessons)

    @property
    def exercises(self) -> int:
        """In all lessons."""
        return _total(lesson.exercises for lesson in self.lessons)

    @property
    def passed(self) -> int:
        """Exercises passed."""
        return _total(lesson.passed for lesson in self.lessons)

    @property
    def points(self) -> int:
        """That can be earned."""
        return _total(lesson.points for lesson in self.lessons)

    @property
    def earned(self) -> int:
        """The best of all attempts at each exercise."""
        return _total(lesson.earned for lesson in self.lessons)

    @property
    def begun(self) -> bool:
        """Whether anything was ever checked."""
        return any(lesson.attempted for lesson in self.lessons)

    @property
    def next_lesson(self) -> LessonProgress | None:
        """Where to go on: the first lesson with an exercise that is not passed; in a course without any, the first."""
        if not self.exercises:
            return self.lessons[0] if self.lessons else None
        return next((lesson for lesson in self.lessons if lesson.exercises > lesson.passed), None)


def _total(numbers: Iterable[int]) -> int:
    return sum(numbers)
