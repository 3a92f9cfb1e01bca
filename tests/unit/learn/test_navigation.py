"""Where a lesson stands in its course."""

import pytest
from django.http import Http404

from accounts.models import User
from curriculum.models import Lesson
from learn.navigation import get_navigation_or_404
from tests.support.factories import CourseFactory

pytestmark = pytest.mark.django_db
STUDENT = User(role=User.Role.STUDENT)


@pytest.fixture
def two_courses() -> None:
    for slug in "ab":
        course = CourseFactory(slug=slug, title=slug)
        for number in range(3):
            Lesson.objects.create(
                course=course, slug=f"l{number}", title="L", position=number, version="v"
            )


def beside(lesson: str) -> tuple[int, int, str | None, str | None]:
    navigation = get_navigation_or_404(STUDENT, "a", lesson)
    before, after = (other and other.slug for other in (navigation.previous, navigation.next))
    return navigation.number, navigation.count, before, after


def test_lessons_on_both_sides(two_courses, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert beside("l0") == (1, 3, None, "l1")
    assert beside("l1") == (2, 3, "l0", "l2")
    assert beside("l2") == (3, 3, "l1", None)


def test_an_archived_lesson_has_no_place(two_courses):
    Lesson.objects.filter(course__slug="a", slug="l1").update(archived=True)
    assert beside("l0") == (1, 2, None, "l2")
    with pytest.raises(Http404):
        get_navigation_or_404(STUDENT, "a", "l1")
