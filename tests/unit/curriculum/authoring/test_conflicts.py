"""Edit a lesson in its files and in the admin, and choose which of the two counts."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from curriculum.authoring.service import publish, save_course_spec, save_lesson_spec
from curriculum.loader.service import Winner, load_lessons
from curriculum.models import Course, Lesson
from curriculum.schema.specs import CourseSpec, LessonSpec
from tests.support.curriculum.lesson_files import Edit

pytestmark = pytest.mark.django_db
LESSON = "boxes/01-first/lesson.md"


@pytest.fixture
def both_edited(lessons: Path, edit: Edit) -> Path:
    load_lessons(root=lessons)
    publish(lesson=Lesson.objects.get(), draft=True)
    edit(LESSON, "minutes: 5", "minutes: 9")
    return lessons


def state():
    lesson = Lesson.objects.get()
    return lesson.draft, lesson.minutes


def test_a_conflict_is_reported_and_nothing_is_taken(both_edited):
    with pytest.raises(CommandError, match=r"boxes/first.*--theirs.*--ours"):
        call_command("load_lessons", both_edited, stdout=StringIO())
    assert state() == (True, 5)


def test_a_conflict_does_not_keep_the_platform_from_starting(both_edited):
    out = StringIO()
    call_command("load_lessons", both_edited, leave_conflicts=True, stdout=out)
    assert out.getvalue().splitlines()[-1].endswith("1 conflicts")


def test_theirs_takes_the_files(both_edited):
    call_command("load_lessons", both_edited, "--theirs", stdout=StringIO())
    assert state() == (False, 9)
    assert load_lessons(root=both_edited).conflicts == []


def test_ours_keeps_the_database_from_then_on(both_edited):
    call_command("load_lessons", both_edited, "--ours", stdout=StringIO())
    assert state() == (True, 5)
    report = load_lessons(root=both_edited)
    assert (report.conflicts, report.kept) == ([], ["boxes/first"])


def test_the_same_edit_on_both_sides_is_none(lessons, edit):
    load_lessons(root=lessons)
    publish(lesson=Lesson.objects.get(), draft=True)
    edit(LESSON, "minutes: 5\n", "minutes: 5\ndraft: true\n")
    (lessons / LESSON).write_bytes(bytes(Lesson.objects.get().files.get(path="lesson.md").content))
    assert load_lessons(root=lessons).conflicts == []
    assert not Lesson.objects.get().edited


def test_other_lessons_are_loaded_all_the_same(both_edited, edit):
    edit("boxes/02-second/lesson.md", "", "---\ntitle: Second\nminutes: 3\n---\n\nText.\n")
    report = load_lessons(root=both_edited)
    assert (report.created, report.conflicts) == (["boxes/second"], ["boxes/first"])


def test_an_edited_lesson_whose_folder_vanished(both_edited, edit):
    edit("boxes/02-second/lesson.md", "", "---\ntitle: Second\nminutes: 3\n---\n\nText.\n")
    shutil.rmtree(both_edited / "boxes/01-first")
    assert load_lessons(root=both_edited).conflicts == ["boxes/first"]
    assert load_lessons(root=both_edited, winner=Winner.FILES).archived == ["boxes/first"]


def test_what_was_made_in_the_admin_is_not_archived(lessons):
    load_lessons(root=lessons)
    course = save_course_spec(spec=CourseSpec(slug="new", title="New"))
    for where in (course, Course.objects.get(slug="boxes")):
        save_lesson_spec(
            course=where, spec=LessonSpec(slug="made", title="Made", minutes=3, position=4)
        )
    assert load_lessons(root=lessons).archived == []
    assert Lesson.objects.filter(slug="made", archived=False, draft=False).count() == 2


def test_a_course_edited_on_both_sides(lessons, edit):
    load_lessons(root=lessons)
    spec = CourseSpec(slug="boxes", title="Mine", position=3)
    save_course_spec(spec=spec, course=Course.objects.get())
    edit("boxes/course.toml", '"Course"', '"Theirs"')
    assert load_lessons(root=lessons).conflicts == ["boxes"]
    load_lessons(root=lessons, winner=Winner.FILES)
    assert Course.objects.get().title == "Theirs"
