"""Work out how far a student has come, from rows that queries.py has read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Stage = Literal["new", "begun", "done"]


@dataclass(frozen=True)
class ExerciseProgress:
    """Hold an exercise and the best a student has reached on it, in points."""

    slug: str
    title: str
    points: int
    earned: int = 0
    attempted: bool = False
    passed: bool = False


@dataclass(frozen=True)
class Prerequisite:
    """Hold a lesson to be done before another.

    It is `done` only if the student's exercises of it have been read.
    """

    course: str
    slug: str
    title: str
    done: bool = False


@dataclass(frozen=True)
class LessonProgress:
    """Hold a lesson and what a student has of it.

    `steps` are its exercises in reading order, `after` the lessons to be done before it, where they
    have been read. A `draft` is only shown to those who teach; `illustration` is SVG.
    """

    slug: str
    title: str
    summary: str
    minutes: int
    steps: Sequence[ExerciseProgress] = ()
    after: Sequence[Prerequisite] = ()
    draft: bool = False
    illustration: str = ""

    @property
    def exercises(self) -> int:
        """Count its exercises."""
        return len(self.steps)

    @property
    def passed(self) -> int:
        """Count the exercises passed."""
        return sum(step.passed for step in self.steps)

    @property
    def attempted(self) -> int:
        """Count the exercises that were checked at least once."""
        return sum(step.attempted for step in self.steps)

    @property
    def points(self) -> int:
        """Add up the points that can be earned."""
        return sum(step.points for step in self.steps)

    @property
    def earned(self) -> int:
        """Add up the points that count."""
        return sum(step.earned for step in self.steps)

    @property
    def stage(self) -> Stage:
        """Say how far the student is.

        A lesson without exercises leaves no trace, so it is always new.
        """
        if self.steps and self.passed >= self.exercises:
            return "done"
        return "begun" if self.attempted else "new"

    @property
    def unfinished(self) -> bool:
        """Whether an exercise is still to be passed."""
        return self.passed < self.exercises

    @property
    def next_step(self) -> ExerciseProgress | None:
        """Return the first exercise that is not passed."""
        return next((step for step in self.steps if not step.passed), None)


@dataclass(frozen=True)
class CourseProgress:
    """Hold a course and what a student has of it."""

    slug: str
    title: str
    summary: str
    lessons: Sequence[LessonProgress]
    illustration: str = ""
    has_glossary: bool = False

    @property
    def minutes(self) -> int:
        """Add up the minutes of all lessons."""
        return sum(lesson.minutes for lesson in self.lessons)

    @property
    def minutes_left(self) -> int:
        """Add up the minutes of the lessons that are not done."""
        return sum(lesson.minutes for lesson in self.lessons if lesson.stage != "done")

    @property
    def exercises(self) -> int:
        """Count the exercises of all lessons."""
        return sum(lesson.exercises for lesson in self.lessons)

    @property
    def passed(self) -> int:
        """Count the exercises passed."""
        return sum(lesson.passed for lesson in self.lessons)

    @property
    def points(self) -> int:
        """Add up the points that can be earned."""
        return sum(lesson.points for lesson in self.lessons)

    @property
    def earned(self) -> int:
        """Add up the points that count."""
        return sum(lesson.earned for lesson in self.lessons)

    @property
    def finished(self) -> bool:
        """Whether all exercises of all lessons are passed, and there is one."""
        return 0 < self.exercises == self.passed

    @property
    def begun(self) -> bool:
        """Whether anything was ever checked."""
        return any(lesson.attempted for lesson in self.lessons)

    @property
    def next_lesson(self) -> LessonProgress | None:
        """Return where to go on: the first lesson with an exercise that is not passed.

        In a course without exercises that is the first lesson.
        """
        if not self.exercises:
            return self.lessons[0] if self.lessons else None
        return next((lesson for lesson in self.lessons if lesson.unfinished), None)

    def lesson_from(self, slug: str) -> LessonProgress | None:
        """Return this lesson while something in it is left, else the next such lesson.

        It is looked for after this lesson, then before it. None when the course has no lesson of
        that name, or all is done.
        """
        at = next((index for index, lesson in enumerate(self.lessons) if lesson.slug == slug), None)
        if at is None:
            return None
        following = (*self.lessons[at:], *self.lessons[:at])
        return next((lesson for lesson in following if lesson.unfinished), None)


@dataclass(frozen=True)
class Continuation:
    """Hold where a student stopped: a lesson with something left to do.

    `same`: it is the lesson that they were in last.
    """

    course: CourseProgress
    lesson: LessonProgress
    same: bool


def find_continuation(courses: Iterable[CourseProgress], last: str) -> Continuation | None:
    """Find where a student goes on.

    `last` is the key `course/lesson` of the lesson they were in last, or empty. Without it that is
    the first course that was begun and not finished. None for who has not begun, or has nothing
    left to do there.
    """
    course_slug, _, lesson_slug = last.partition("/")
    courses = list(courses)
    for course in courses:
        lesson = course.lesson_from(lesson_slug) if course.slug == course_slug else None
        if lesson:
            return Continuation(course, lesson, same=lesson.slug == lesson_slug)
    for course in courses:
        if course.begun and course.next_lesson:
            return Continuation(course, course.next_lesson, same=False)
    return None
