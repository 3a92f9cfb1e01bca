"""Bring in the fixtures of learn that these tests use."""

from tests.support.fixtures.learn import (  # noqa: F401
    course,
    exercise,
    instructor,
    lesson,
    student,
)
