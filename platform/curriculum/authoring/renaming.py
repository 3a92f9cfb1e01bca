"""Give courses, lessons and exercises other slugs, with everything that names them.

What came from files leaves a mark under its old name: an archived row without content, so that
loading the files does not bring the old one back, and dumping takes its folder away.
"""

from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet
from pydantic import TypeAdapter, ValidationError

from core.specs.error_messages import error_message
from core.specs.fields import Slug
from curriculum.authoring.lesson_files import save_lesson_files
from curriculum.authoring.references import Moves, follow_moves, place_of
from curriculum.authoring.service import placement_of, slug_taken
from curriculum.authoring.stamps import locked
from curriculum.errors import InvalidLessonFiles, LessonFileError
from curriculum.loader.contents import stored_contents
from curriculum.loader.validation import COURSE_FILE
from curriculum.models import Course, Exercise, Lesson
from curriculum.rendering.links import LESSON_FILE
from sandboxes.homes import home_name, move_homes
from sandboxes.models import Sandbox

SLUG: TypeAdapter[str] = TypeAdapter(Slug)


def refuse_bad_slug(slug: str, file: str) -> None:
    """Raise InvalidLessonFiles for a text that is no slug."""
    try:
        SLUG.validate_python(slug)
    except ValidationError as error:
        message = error_message(error.errors()[0])
        raise InvalidLessonFiles([LessonFileError(Path(file), 1, "slug", message)]) from error


@transaction.atomic
def rename_course(*, course: Course, slug: str) -> Course:
    """Give a course another slug. Raises InvalidLessonFiles."""
    course = Course.objects.select_for_update().get(pk=course.pk)
    refuse_bad_slug(slug, COURSE_FILE)
    if slug == course.slug:
        return course
    take_mark_away(Course.objects.filter(slug=slug))
    if Course.objects.filter(slug=slug).exists():
        raise slug_taken(COURSE_FILE, slug)
    old = course.slug
    mark = Course(
        slug=old,
        title=f"{course.title} (now {slug})"[:200],
        archived=True,
        removed=True,
        position=course.position,
        source=course.source,
        files=course.files,
        origin=course.origin,
    )
    course.slug = slug
    lessons = list(course.lessons.all())
    if course.origin:
        course.origin = ""
    course.save(update_fields=["slug", "origin"])
    if mark.origin:
        mark.save()
    move_students_things({f"{old}/{row.slug}": f"{slug}/{row.slug}" for row in lessons})
    follow_moves(
        Moves(
            folders={f"{old}/{row.folder}": f"{slug}/{row.folder}" for row in lessons},
            keys={f"{old}/{row.slug}": f"{slug}/{row.slug}" for row in lessons},
        )
    )
    return course


@transaction.atomic
def rename_lesson(*, lesson: Lesson, slug: str) -> Lesson:
    """Give a lesson another slug. Raises InvalidLessonFiles."""
    lesson = locked(lesson)
    refuse_bad_slug(slug, LESSON_FILE)
    if slug == lesson.slug:
        return lesson
    take_mark_away(lesson.course.lessons.filter(slug=slug))
    if lesson.course.lessons.filter(slug=slug).exists():
        raise slug_taken(LESSON_FILE, slug)
    old_key, old_place = lesson.key, place_of(lesson)
    mark = Lesson(
        course=lesson.course,
        slug=lesson.slug,
        title=f"{lesson.title} (now {slug})"[:200],
        archived=True,
        removed=True,
        position=lesson.position,
        folder=lesson.folder,
        origin=lesson.origin,
    )
    number = lesson.folder.partition("-")[0] or f"{lesson.position:02d}"
    lesson.slug, lesson.folder, lesson.origin = slug, f"{number}-{slug}", ""
    lesson.save(update_fields=["slug", "folder", "origin"])
    if mark.origin:
        mark.save()
    move_students_things({old_key: lesson.key})
    follow_moves(Moves({old_place: place_of(lesson)}, {old_key: lesson.key}))
    return lesson


@transaction.atomic
def rename_exercise(*, exercise: Exercise, slug: str) -> Exercise:
    """Give an exercise another slug. Raises InvalidLessonFiles."""
    lesson, old = locked(exercise.lesson), exercise.slug
    file = f"exercises/{old}/exercise.md"
    refuse_bad_slug(slug, file)
    if slug == old:
        return exercise
    if lesson.exercises.filter(slug=slug).exists():
        raise slug_taken(file, slug)
    Exercise.objects.filter(pk=exercise.pk).update(slug=slug)
    before, after = f"exercises/{old}/", f"exercises/{slug}/"
    contents = {
        after + path.removeprefix(before) if path.startswith(before) else path: content
        for path, content in stored_contents(lesson).items()
    }
    line = f"::: exercise {slug}\n".encode()
    contents[LESSON_FILE] = placement_of(old).sub(
        lambda match: line + (match[1] or b""), contents[LESSON_FILE]
    )
    if not exercise.archived:
        save_lesson_files(lesson.course, lesson, lesson.folder, contents)
    return Exercise.objects.select_related("lesson__course").get(pk=exercise.pk)


def take_mark_away(rows: QuerySet[Course] | QuerySet[Lesson]) -> None:
    """Delete what another rename has left, which is nothing but a name."""
    for row in rows.filter(removed=True):
        has_content = row.lessons.exists() if isinstance(row, Course) else row.files.exists()
        if not has_content and not (isinstance(row, Lesson) and row.exercises.exists()):
            row.delete()


def move_students_things(keys: dict[str, str]) -> None:
    """Let sandboxes and kept homes of lessons go on under the lessons' new keys."""
    for old, new in keys.items():
        Sandbox.objects.filter(lesson_key=old).update(lesson_key=new)
    names = {home_name(old): home_name(new) for old, new in keys.items()}
    transaction.on_commit(lambda: move_homes(names))
