"""Bring in the fixtures of config that these tests use."""

from tests.support.fixtures.curriculum import author, edit, lessons, loaded  # noqa: F401
from tests.support.fixtures.every_row import every_row, visit  # noqa: F401
from tests.support.fixtures.learn import (  # noqa: F401
    course,
    exercise,
    instructor,
    lesson,
    other,
    student,
)
