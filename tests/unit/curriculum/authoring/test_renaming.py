"""Rename and take away courses, lessons and exercises, and say before what hangs on them."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from curriculum.admin.editor import change_url
from curriculum.authoring.renaming import rename_course, rename_exercise, rename_lesson
from curriculum.authoring.service import order_lessons, save_lesson_spec
from curriculum.loader.contents import stored_contents
from curriculum.loader.dump import dump_lessons
from curriculum.loader.service import load_lessons
from curriculum.models import Course, Exercise, Lesson
from curriculum.schema.specs import LessonSpec
from tests.support.factories import SandboxFactory, SubmissionFactory, UserFactory

pytestmark = pytest.mark.django_db
SECOND = """\
---
title: Second
minutes: 3
prerequisites: [first]
---

See [the first](../01-first/lesson.md#one) and `../01-first/lesson.md`.
"""
OTHER = """\
---
title: Third
minutes: 3
prerequisites: [boxes/first]
---

See [it](../../boxes/01-first/lesson.md).
"""


@pytest.fixture
def linked(lessons, edit):
    """Load a course whose first lesson others link to and ask for."""
    edit("boxes/02-second/lesson.md", "", SECOND)
    edit("crates/course.toml", "", 'title = "Crates"\n')
    edit("crates/01-third/lesson.md", "", OTHER)
    load_lessons(root=lessons)
    return lessons


def lesson(slug):
    return Lesson.objects.select_related("course").get(slug=slug, removed=False)


def text_of(slug):
    return stored_contents(lesson(slug))["lesson.md"].decode()


def page(row, name):
    return reverse(f"admin:curriculum_{row._meta.model_name}_{name}", args=[row.pk])


def checked(root):
    out = StringIO()
    call_command("check_lessons", root, stdout=out)
    return out.getvalue()


def test_a_lesson_is_renamed_with_all_that_names_it(linked, author, tmp_path, settings):
    settings.HOMES_DIR = tmp_path / "homes"
    first = lesson("first")
    sandbox = SandboxFactory(user=UserFactory(username="ada"), lesson_key=first.key)
    homes = tmp_path / "homes" / str(sandbox.user_id)
    homes.mkdir(parents=True)
    (homes / "boxes--first.web.tar.gz").write_text("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda function: function())
        response = author.post(page(first, "rename"), {"slug": "begin"})
    assert response.status_code == 302
    assert (homes / "boxes--begin.web.tar.gz").read_text() == "kept"
    assert lesson("begin").pk == first.pk
    assert "prerequisites:\n- begin\n" in text_of("second")
    assert "[the first](../01-begin/lesson.md#one)" in text_of("second")
    assert "- boxes/begin\n" in text_of("third")
    assert "](../../boxes/01-begin/lesson.md)" in text_of("third")
    assert "/courses/boxes/begin/" in reverse("lesson", args=["boxes", "begin"])
    assert 'href="../../boxes/begin/#s-one"' in lesson("second").blocks[0]["html"]
    sandbox.refresh_from_db()
    assert sandbox.lesson_key == "boxes/begin"
    dump_lessons(root=tmp_path / "out")
    assert "no faults" in checked(tmp_path / "out")


def test_files_do_not_bring_the_old_name_back_and_a_dump_takes_its_folder_away(linked):
    rename_lesson(lesson=lesson("first"), slug="begin")
    report = load_lessons(root=linked)
    assert report.conflicts == []
    assert set(Lesson.objects.filter(archived=False).values_list("slug", flat=True)) == {
        "begin",
        "second",
        "third",
    }
    dump_lessons(root=linked, is_origin=True)
    assert sorted(path.name for path in (linked / "boxes").iterdir()) == [
        "01-begin",
        "02-second",
        "course.toml",
    ]
    assert "no faults" in checked(linked)
    assert load_lessons(root=linked).created == []


def test_a_name_goes_there_and_back(linked):
    rename_lesson(lesson=lesson("first"), slug="begin")
    rename_lesson(lesson=lesson("begin"), slug="first")
    assert Lesson.objects.filter(slug="begin").count() == 0
    assert "[the first](../01-first/lesson.md#one)" in text_of("second")


def test_a_course_is_renamed_with_all_that_names_it(linked, tmp_path):
    course = Course.objects.get(slug="boxes")
    sandbox = SandboxFactory(user=UserFactory(username="ada"), lesson_key="boxes/first")
    rename_course(course=course, slug="chests")
    assert "- chests/first\n" in text_of("third")
    assert "](../../chests/01-first/lesson.md)" in text_of("third")
    assert text_of("second") == SECOND
    sandbox.refresh_from_db()
    assert sandbox.lesson_key == "chests/first"
    assert load_lessons(root=linked).conflicts == []
    assert sorted(Course.objects.filter(archived=False).values_list("slug", flat=True)) == [
        "chests",
        "crates",
    ]
    dump_lessons(root=linked, is_origin=True)
    assert sorted(path.name for path in linked.iterdir()) == ["chests", "crates"]
    assert "no faults" in checked(linked)


def test_an_exercise_is_renamed_in_its_place(linked, tmp_path):
    kernel = Exercise.objects.get(slug="kernel")
    submission = SubmissionFactory(
        user=UserFactory(username="ada"), exercise=kernel, number=1, points=1
    )
    before = text_of("first")
    rename_exercise(exercise=kernel, slug="which-kernel")
    kernel.refresh_from_db()
    assert (kernel.slug, kernel.archived) == ("which-kernel", False)
    assert text_of("first") == before.replace("::: exercise kernel", "::: exercise which-kernel")
    submission.refresh_from_db()
    assert submission.exercise.slug == "which-kernel"
    assert Exercise.objects.filter(slug="kernel").count() == 0
    dump_lessons(root=tmp_path / "out")
    assert "no faults" in checked(tmp_path / "out")


@pytest.mark.parametrize(
    ("slug", "message"),
    [
        ("Big Name", "Slug: must be small letters and digits"),
        ("second", "Slug: second is there already"),
        ("", "Slug: is empty"),
    ],
)
def test_a_name_that_can_not_be_is_told_and_nothing_changes(linked, author, slug, message):
    response = author.post(page(lesson("first"), "rename"), {"slug": slug})
    assert response.status_code == 422
    assert message in response.content.decode()
    assert Lesson.objects.filter(slug="first").exists()


def test_what_hangs_on_it_is_said_first(linked, author):
    first = lesson("first")
    kernel = first.exercises.get(slug="kernel")
    for name in ("ada", "bob"):
        SubmissionFactory(user=UserFactory(username=name), exercise=kernel, number=1, points=1)
    SandboxFactory(user=UserFactory(username="cyd"), lesson_key=first.key)
    for name in ("rename", "delete"):
        text = author.get(page(first, name)).content.decode()
        assert "2 students worked on it: 2 submissions." in text
        assert "1 student has machines for it now." in text
        assert "Asked for first by “Third”, “Second”." in text
        assert "Linked from “Third”, “Second”." in text
        assert lesson("first").archived is False


def test_a_lesson_that_others_link_to_stays(linked, author):
    response = author.post(page(lesson("first"), "delete"))
    assert response.status_code == 422
    text = response.content.decode()
    assert "02-second/lesson.md: link: line 7 leads here: take the link out first" in text
    assert not lesson("first").archived


def unlink(slug):
    """Take the links out of a lesson."""
    row = lesson(slug)
    fields = ("slug", "title", "minutes", "position", "prerequisites", "machines")
    spec = LessonSpec(**{name: getattr(row, name) for name in fields}, body="Text.")
    save_lesson_spec(course=row.course, lesson=row, spec=spec)


def test_a_lesson_is_taken_away_and_brought_back(linked, author):
    unlink("second")
    unlink("third")
    first = lesson("first")
    assert author.post(page(first, "delete")).status_code == 302
    first.refresh_from_db()
    assert (first.archived, first.removed) == (True, True)
    assert lesson("second").prerequisites == []
    load_lessons(root=linked)
    first.refresh_from_db()
    assert first.archived
    assert author.post(change_url(first), {"_bring_back": ""}).status_code == 302
    first.refresh_from_db()
    assert (first.archived, first.removed) == (False, False)


def test_files_that_changed_since_are_a_conflict(linked, edit):
    unlink("second")
    unlink("third")
    Lesson.objects.filter(slug="first").update(archived=True, removed=True)
    edit("boxes/01-first/lesson.md", "minutes: 5", "minutes: 9")
    assert "boxes/first" in load_lessons(root=linked).conflicts
    assert Lesson.objects.get(slug="first").archived


def test_what_was_only_made_here_is_deleted_for_good(linked, author):
    made = save_lesson_spec(
        course=Course.objects.get(slug="crates"),
        spec=LessonSpec(slug="made", title="Made", minutes=1, position=9),
    )
    text = author.get(page(made, "delete")).content.decode()
    assert "deleted for good" in text
    assert author.post(page(made, "delete")).status_code == 302
    assert not Lesson.objects.filter(slug="made").exists()


def test_a_course_is_taken_away(linked, author):
    crates = Course.objects.get(slug="crates")
    assert "Its lessons go with it: 1." in author.get(page(crates, "delete")).content.decode()
    assert author.post(page(crates, "delete")).status_code == 302
    load_lessons(root=linked)
    crates.refresh_from_db()
    assert (crates.archived, crates.removed) == (True, True)


def test_links_follow_lessons_that_are_put_in_another_order(linked):
    order_lessons(course=Course.objects.get(slug="boxes"), slugs=["second", "first"])
    assert "[the first](../02-first/lesson.md#one)" in text_of("second")
    assert "](../../boxes/02-first/lesson.md)" in text_of("third")


def test_a_student_gets_neither_page(linked, client):
    client.force_login(UserFactory(username="stu"))
    for name in ("rename", "delete"):
        assert client.get(page(lesson("first"), name)).status_code in (302, 403)
        assert client.post(page(lesson("first"), name), {"slug": "x"}).status_code in (302, 403)
    assert not lesson("first").archived
