"""How far a student has come: plain values for pages and API, computed from rows that queries.py has read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Stage = Literal["new", "begun", "done"]


@dataclass(frozen=True)
class ExerciseProgress:
    """One exercise and the best a student has reached on it, in points."""

    slug: str
    title: str
    points: int
    earned: int = 0
    attempted: bool = False
    passed: bool = False


@dataclass(frozen=True)
class Prerequisite:
    """A lesson to be done before another. `done` only if the student's exercises of it have been read."""

    course: str
    slug: str
    title: str
    done: bool = False


@dataclass(frozen=True)
class LessonProgress:
    """One lesson and what a student has of it; `steps` are its exercises in reading order, `after` what its author
    wants done before it, where that has been read. A `draft` is only shown to those who teach."""

    slug: str
    title: str
    summary: str
    minutes: int
    steps: Sequence[ExerciseProgress] = ()
    after: Sequence[Prerequisite] = ()
    draft: bool = False

    @property
    def exercises(self) -> int:
        """How many there are."""
        return len(self.steps)

    @property
    def passed(self) -> int:
        """Exercises passed."""
        return _total(step.passed for step in self.steps)

    @property
    def attempted(self) -> int:
        """Exercises that were checked at least once."""
        return _total(step.attempted for step in self.steps)

    @property
    def points(self) -> int:
        """That can be earned."""
        return _total(step.points for step in self.steps)

    @property
    def earned(self) -> int:
        """The best of all attempts at each exercise."""
        return _total(step.earned for step in self.steps)

    @property
    def stage(self) -> Stage:
        """A lesson without exercises leaves no trace, so it is always new."""
        if self.steps and self.passed >= self.exercises:
            return "done"
        return "begun" if self.attempted else "new"

    @property
    def unfinished(self) -> bool:
        """Whether an exercise is still to be passed."""
        return self.passed < self.exercises

    @property
    def next_step(self) -> ExerciseProgress | None:
        """The first exercise that is not passed."""
        return next((step for step in self.steps if not step.passed), None)


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
    def minutes_left(self) -> int:
        """Of the lessons that are not done."""
        return _total(lesson.minutes for lesson in self.lessons if lesson.stage != "done")

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
        return next((lesson for lesson in self.lessons if lesson.unfinished), None)

    def lesson_from(self, slug: str) -> LessonProgress | None:
        """This lesson while something in it is to be done, else the next such after it, else before it. None when the
        course has no such lesson or all is done."""
        at = next((index for index, lesson in enumerate(self.lessons) if lesson.slug == slug), None)
        if at is None:
            return None
        return next((lesson for lesson in (*self.lessons[at:], *self.lessons[:at]) if lesson.unfinished), None)


@dataclass(frozen=True)
class Continuation:
    """Where a student stopped: a lesson with something left to do. `same`: it is the one they were in last."""

    course: CourseProgress
    lesson: LessonProgress
    same: bool


def find_continuation(courses: Iterable[CourseProgress], last: str) -> Continuation | None:
    """`last` is the key `course/lesson` of the lesson they were in last, or empty. Without one it is the first course
    that was begun and not finished. None for who has not begun, or has nothing left to do there."""
    course_slug, _, lesson_slug = last.partition("/")
    courses = list(courses)
    for course in courses:
        lesson = course.lesson_from(lesson_slug) if course.slug == course_slug else None
        if lesson:
            return Continuation(course, lesson, same=lesson.slug == lesson_slug)
    found = ((course, course.next_lesson) for course in courses if course.begun)
    return next((Continuation(course, lesson, same=False) for course, lesson in found if lesson), None)


def _total(numbers: Iterable[int]) -> int:
    return sum(numbers)
