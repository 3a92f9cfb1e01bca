"""Tell whether somebody saved what a form is about since it was opened.

A form is about its own part of a lesson's folder, so that two authors can write two exercises of a
lesson, or its text and an exercise, at the same time.
"""

from django.db.models import Q

from curriculum.loader.contents import hash_contents
from curriculum.models import Course, Lesson, LessonFile
from curriculum.rendering.links import LESSON_FILE

WRITTEN = Q(path__endswith=".md") | Q(path__endswith=".toml") | Q(path__endswith=".sh")


def course_stamp(course: Course) -> str:
    """Return a text that changes with the course's own file."""
    return f"{course.slug}:{course.state}:{course.archived}"


def lesson_stamp(lesson: Lesson) -> str:
    """Return a text that changes with the lesson's text and place, not with its exercises."""
    own = stored_hash(lesson, Q(path=LESSON_FILE))
    return f"{lesson.slug}:{lesson.folder}:{lesson.archived}:{own}"


def exercise_stamp(lesson: Lesson, slug: str) -> str:
    """Return a text that changes with an exercise's text, checks and scripts."""
    return stored_hash(lesson, Q(path__startswith=f"exercises/{slug}/") & WRITTEN)


def stored_hash(lesson: Lesson, paths: Q) -> str:
    """Return a hash of some of the lesson's files, as the database has them now."""
    rows = LessonFile.objects.filter(paths, lesson=lesson).values_list("path", "content")
    return hash_contents({path: bytes(content) for path, content in rows})


def locked(lesson: Lesson) -> Lesson:
    """Return the lesson as it is now, with its course, and let nobody else write it meanwhile.

    Call it inside a transaction.
    """
    rows = Lesson.objects.select_related("course").select_for_update(of=("self",))
    return rows.get(pk=lesson.pk)
