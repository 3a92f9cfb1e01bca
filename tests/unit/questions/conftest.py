"""Bring in the fixtures that these tests use."""

from tests.support.fixtures.curriculum import author, edit, lessons  # noqa: F401
from tests.support.fixtures.learn import course, lesson, student  # noqa: F401
