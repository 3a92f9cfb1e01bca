"""Ask for other lessons: what is refused, what is read back, what a page shows."""

from pathlib import Path

import pytest

from curriculum.authoring.service import publish, save_lesson_spec
from curriculum.errors import InvalidLessonFiles
from curriculum.loader.contents import read_contents
from curriculum.loader.dump import dump_lessons
from curriculum.loader.reader import read_courses
from curriculum.loader.service import load_lessons
from curriculum.models import Lesson
from curriculum.queries import lesson_titles, prerequisites_of
from curriculum.schema.prerequisites import cycle_faults
from tests.support.curriculum.lesson_files import Edit

pytestmark = pytest.mark.django_db


def lesson(title: str, needs: str = "") -> str:
    field = f"prerequisites:\n{needs}" if needs else ""
    return f"---\ntitle: {title}\nminutes: 3\n{field}---\n\nText.\n"


@pytest.fixture
def three(lessons: Path, edit: Edit) -> Path:
    """Write boxes/first, boxes/second and ships/hull; `second` asks for the others."""
    edit(
        "boxes/02-second/lesson.md", "", lesson("Second", "  - first\n  - ships/hull  # by hand\n")
    )
    edit("ships/course.toml", "", 'title = "Ships"\n')
    edit("ships/01-hull/lesson.md", "", lesson("Hull"))
    return lessons


def faults_of(root):
    with pytest.raises(InvalidLessonFiles) as caught:
        read_courses(root)
    return [
        (f"{e.file.parent.name}/{e.file.name}", e.line, e.field, e.message)
        for e in caught.value.errors
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "message"),
    [
        ("- first", "- second", 5, "prerequisites[0]", "a lesson can't come before itself"),
        ("- first", "- boxes/second", 5, "prerequisites[0]", "a lesson can't come before itself"),
        ("ships/hull", "ships/keel", 6, "prerequisites[1]", "there is no lesson ships/keel"),
        ("- first", "- 01-first", 5, "prerequisites[0]", "there is no lesson 01-first"),
        ("ships/hull", "boxes/first", 6, "prerequisites[1]", "boxes/first is there twice"),
        (
            "- first",
            "- ../first",
            5,
            "prerequisites[0]",
            "must be a lesson of this course, or course/lesson",
        ),
    ],
)
def test_what_is_wrong_names_file_line_and_field(three, edit, old, new, line, field, message):
    edit("boxes/02-second/lesson.md", old, new)
    assert faults_of(three) == [("02-second/lesson.md", line, field, message)]


def test_a_circle_is_refused_at_each_of_its_lessons(three, edit):
    edit("ships/01-hull/lesson.md", "minutes: 3\n", "minutes: 3\nprerequisites: [boxes/second]\n")
    assert faults_of(three) == [
        (
            "02-second/lesson.md",
            6,
            "prerequisites[1]",
            "goes round in a circle: boxes/second → ships/hull → boxes/second",
        ),
        (
            "01-hull/lesson.md",
            4,
            "prerequisites[0]",
            "goes round in a circle: ships/hull → boxes/second → ships/hull",
        ),
    ]


def test_a_way_past_a_circle_is_none():
    graph = {"a": ["b"], "b": ["c"], "c": ["b"]}
    assert cycle_faults("a", graph) == []
    assert [index for index, _ in cycle_faults("b", graph)] == [0]


def test_one_course_alone_may_ask_for_another(three):
    assert read_courses(three / "boxes")[0].lessons[1].prerequisite_keys == (
        "boxes/first",
        "ships/hull",
    )


def test_a_page_gets_them_in_their_order(three, django_assert_num_queries):
    load_lessons(root=three)
    lessons = list(Lesson.objects.select_related("course"))
    with django_assert_num_queries(1):
        needed_by = prerequisites_of(lessons)
        names = {pk: [lesson.key for lesson in needed] for pk, needed in needed_by.items()}
    assert names == {Lesson.objects.get(slug="second").pk: ["boxes/first", "ships/hull"]}
    with django_assert_num_queries(0):
        assert prerequisites_of([lesson for lesson in lessons if lesson.slug != "second"]) == {}


def test_drafts_are_named_to_those_who_teach_only(three):
    load_lessons(root=three)
    publish(lesson=Lesson.objects.get(slug="hull"), draft=True)
    second = Lesson.objects.select_related("course").get(slug="second")
    assert [lesson.slug for lesson in prerequisites_of([second])[second.pk]] == ["first"]
    assert [lesson.slug for lesson in prerequisites_of([second], drafts=True)[second.pk]] == [
        "first",
        "hull",
    ]


def test_the_admin_changes_those_lines_only(three, tmp_path):
    load_lessons(root=three)
    second = Lesson.objects.select_related("course").get(slug="second")
    spec = read_courses(three)[0].lessons[1].spec
    save_lesson_spec(
        course=second.course, lesson=second, spec=spec.model_copy(update={"minutes": 4})
    )
    dump_lessons(root=tmp_path / "out")
    before = read_contents(three)
    path = "boxes/02-second/lesson.md"
    before[path] = before[path].replace(b"minutes: 3", b"minutes: 4")
    assert read_contents(tmp_path / "out") == before


def test_the_admin_refuses_a_circle_through_another_course(three):
    load_lessons(root=three)
    hull = Lesson.objects.select_related("course").get(slug="hull")
    spec = (
        next(course for course in read_courses(three) if course.spec.slug == "ships")
        .lessons[0]
        .spec
    )
    with pytest.raises(InvalidLessonFiles, match="circle: ships/hull → boxes/second → ships/hull"):
        save_lesson_spec(
            course=hull.course,
            lesson=hull,
            spec=spec.model_copy(update={"prerequisites": ("boxes/second",)}),
        )
    hull.refresh_from_db()
    assert hull.prerequisites == []


def test_what_can_be_chosen(three):
    load_lessons(root=three)
    second = Lesson.objects.get(slug="second")
    assert lesson_titles(course="boxes", without=second) == {
        "first": "First",
        "ships/hull": "Ships: Hull",
    }
