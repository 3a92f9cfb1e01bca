"""Load lessons: students keep what they did, and a fault writes nothing."""

import shutil
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from curriculum.errors import InvalidLessonFiles
from curriculum.loader.service import load_lessons
from curriculum.models import Course, Exercise, Lesson
from curriculum.schema.specs import ExerciseSpec
from grading.models import Score, Submission
from tests.support.factories import ScoreFactory, SubmissionFactory, UserFactory

pytestmark = pytest.mark.django_db

ALL = ["boxes", "boxes/first", "boxes/first/kernel", "boxes/first/sleeper"]


def test_a_first_load_creates_everything(lessons):
    report = load_lessons(root=lessons)
    assert (report.created, report.updated, report.unchanged, report.archived) == (ALL, [], [], [])
    course, lesson, kernel = (
        Course.objects.get(),
        Lesson.objects.get(),
        Exercise.objects.get(slug="kernel"),
    )
    assert (course.title, course.position) == ("Course", 3)
    assert lesson.key == "boxes/first"
    assert lesson.machines == [{"name": "box", "kind": "linux"}]
    assert lesson.source.startswith("\nHello.")
    assert lesson.blocks == [
        {"type": "html", "html": "<p>Hello.</p>"},
        {"type": "exercise", "slug": "kernel"},
        {"type": "html", "html": "<p>Between.</p>"},
        {"type": "exercise", "slug": "sleeper"},
    ]
    assert (kernel.points, kernel.machine, kernel.body_html) == (3, "box", "<p>Write it down.</p>")


def test_an_exercise_is_read_back_as_its_spec(lessons):
    load_lessons(root=lessons)
    kernel = Exercise.objects.get(slug="kernel")
    spec = ExerciseSpec.model_validate(kernel.definition)
    assert [check.id for check in spec.checks] == ["right", "short"]
    assert spec.points == kernel.points


def test_a_second_load_writes_nothing(lessons):
    load_lessons(root=lessons)
    with CaptureQueriesContext(connection) as captured:
        report = load_lessons(root=lessons)
    assert (report.created, report.updated, report.unchanged, report.archived) == ([], [], ALL, [])
    assert [
        query["sql"]
        for query in captured
        if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))
    ] == []


def test_a_second_load_leaves_rows_untouched(lessons):
    load_lessons(root=lessons)
    before = [list(model.objects.values()) for model in (Course, Lesson, Exercise)]
    load_lessons(root=lessons)
    assert [list(model.objects.values()) for model in (Course, Lesson, Exercise)] == before


def test_a_changed_check_gives_the_exercise_a_new_version(lessons, edit):
    load_lessons(root=lessons)
    before = {exercise.slug: exercise for exercise in Exercise.objects.all()}
    edit("boxes/01-first/exercises/kernel/exercise.toml", "points = 2", "points = 3")
    report = load_lessons(root=lessons)
    after = {exercise.slug: exercise for exercise in Exercise.objects.all()}
    assert report.updated == ["boxes/first", "boxes/first/kernel"]
    assert after["kernel"].pk == before["kernel"].pk
    assert after["kernel"].version != before["kernel"].version
    assert after["kernel"].points == 4
    assert after["sleeper"].version == before["sleeper"].version


def test_moving_an_exercise_changes_its_position_and_nothing_else(lessons, edit):
    load_lessons(root=lessons)
    versions = dict(Exercise.objects.values_list("slug", "version"))
    edit("boxes/01-first/lesson.md", "::: exercise kernel\n", "")
    edit(
        "boxes/01-first/lesson.md",
        "::: exercise sleeper\n",
        "::: exercise sleeper\n\n::: exercise kernel\n",
    )
    load_lessons(root=lessons)
    assert list(Exercise.objects.values_list("slug", "position")) == [("sleeper", 0), ("kernel", 1)]
    assert dict(Exercise.objects.values_list("slug", "version")) == versions


@pytest.fixture
def progress(lessons: Path) -> Score:
    """Record a student's attempt and score at the exercise `sleeper`."""
    load_lessons(root=lessons)
    student = UserFactory(username="ada", password="x")
    exercise = Exercise.objects.get(slug="sleeper")
    SubmissionFactory(
        user=student,
        exercise=exercise,
        number=1,
        points=1,
        score=1,
        state="graded",
        changed_at="2030-01-01T00:00Z",
    )
    return ScoreFactory(user=student, exercise=exercise, best=1, attempts=1)


def test_what_vanishes_is_archived_and_progress_is_kept(lessons, edit, progress):
    shutil.rmtree(lessons / "boxes/01-first/exercises/sleeper")
    edit("boxes/01-first/lesson.md", "::: exercise sleeper\n", "")
    report = load_lessons(root=lessons)
    assert report.archived == ["boxes/first/sleeper"]
    assert Exercise.objects.get(slug="sleeper").archived
    progress.refresh_from_db()
    assert progress.best == 1
    assert load_lessons(root=lessons).archived == []


def test_what_returns_is_the_same_row_with_its_progress(lessons, progress):
    away = lessons.parent / "away"
    shutil.copytree(lessons / "boxes", lessons / "other")
    shutil.move(lessons / "boxes", away)
    assert load_lessons(root=lessons).archived == ["boxes"]
    assert Course.objects.get(slug="boxes").archived
    shutil.move(away, lessons / "boxes")
    report = load_lessons(root=lessons)
    assert "boxes" in report.updated
    assert not Course.objects.get(slug="boxes").archived
    progress.refresh_from_db()
    assert progress.exercise.lesson.course.slug == "boxes"
    assert Submission.objects.filter(exercise=progress.exercise).count() == 1


def test_a_lesson_may_get_another_number_and_stays_the_same(lessons, progress):
    (lessons / "boxes/01-first").rename(lessons / "boxes/07-first")
    report = load_lessons(root=lessons)
    assert (report.created, report.archived) == ([], [])
    assert Lesson.objects.get().position == 7


def test_loading_one_course_leaves_the_others(lessons):
    shutil.copytree(lessons / "boxes", lessons / "other")
    load_lessons(root=lessons)
    report = load_lessons(root=lessons / "other")
    assert report.archived == []
    assert Course.objects.filter(archived=False).count() == 2


def test_a_fault_anywhere_writes_nothing(lessons, edit):
    load_lessons(root=lessons)
    edit("boxes/course.toml", '"Course"', '"New title"')
    edit("boxes/01-first/exercises/sleeper/exercise.toml", 'command = "sleep"', 'command = "a b"')
    with pytest.raises(InvalidLessonFiles):
        load_lessons(root=lessons)
    assert Course.objects.get().title == "Course"


def test_a_database_error_half_way_writes_nothing(lessons, monkeypatch):
    def fail(**_fields: object):
        raise RuntimeError

    monkeypatch.setattr(Exercise._default_manager, "create", fail)
    with pytest.raises(RuntimeError):
        load_lessons(root=lessons)
    assert not Course.objects.exists()
