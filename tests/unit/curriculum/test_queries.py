"""Read courses and lessons in a constant number of queries."""

import pytest

from curriculum import queries
from curriculum.models import Course, Exercise, Lesson
from tests.support.factories import CourseFactory

pytestmark = pytest.mark.django_db


def make_course(slug, lessons=2, exercises=2):
    course = CourseFactory(slug=slug, title=slug)
    for number in range(lessons):
        lesson = Lesson.objects.create(
            course=course, slug=f"l{number}", title="L", position=number, version="v"
        )
        for place in range(exercises):
            Exercise.objects.create(
                lesson=lesson,
                slug=f"e{place}",
                title="E",
                position=place,
                points=2,
                definition={},
                version="v",
            )
    return course


def test_the_catalogue_counts_and_orders():
    make_course("b")
    make_course("a", lessons=3, exercises=1)
    Course.objects.filter(slug="b").update(position=1)
    titles = [
        (
            course.slug,
            [
                (lesson.slug, lesson.exercise_count, lesson.points)
                for lesson in course.lessons.all()
            ],
        )
        for course in queries.catalogue()
    ]
    assert titles == [
        ("a", [("l0", 1, 2), ("l1", 1, 2), ("l2", 1, 2)]),
        ("b", [("l0", 2, 4), ("l1", 2, 4)]),
    ]


def test_a_lesson_without_exercises_has_no_points():
    make_course("a", lessons=1, exercises=0)
    lesson = queries.get_course("a").lessons.get()
    assert (lesson.exercise_count, lesson.points) == (0, 0)


@pytest.mark.parametrize("size", [1, 6])
def test_query_counts_do_not_grow(django_assert_num_queries, size):
    for number in range(size):
        make_course(f"c{number}", lessons=size, exercises=size)
    with django_assert_num_queries(2):
        for course in queries.catalogue():
            assert [lesson.title for lesson in course.lessons.all()]
    with django_assert_num_queries(2):
        list(queries.get_course("c0").lessons.all())
    with django_assert_num_queries(1):
        assert queries.get_lesson("c0", "l0").key == "c0/l0"
    with django_assert_num_queries(1):
        assert queries.get_exercise("c0", "l0", "e0").lesson.key == "c0/l0"


def test_what_is_archived_is_not_found():
    course = make_course("a")
    lesson = queries.get_lesson("a", "l0")
    Exercise.objects.filter(lesson=lesson, slug="e0").update(archived=True)
    assert queries.get_course("a").lessons.get(slug="l0").points == 2
    with pytest.raises(Exercise.DoesNotExist):
        queries.get_exercise("a", "l0", "e0")
    Lesson.objects.filter(slug="l0").update(archived=True)
    with pytest.raises(Lesson.DoesNotExist):
        queries.get_lesson("a", "l0")
    assert [lesson.slug for lesson in queries.catalogue()[0].lessons.all()] == ["l1"]
    Course.objects.filter(pk=course.pk).update(archived=True)
    assert queries.catalogue() == []
    with pytest.raises(Course.DoesNotExist):
        queries.get_course("a")
    with pytest.raises(Lesson.DoesNotExist):
        queries.get_lesson("a", "l1")
    with pytest.raises(Exercise.DoesNotExist):
        queries.get_exercise("a", "l1", "e0")
