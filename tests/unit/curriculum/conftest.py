"""Bring in the fixtures of curriculum that these tests use."""

from tests.support.fixtures.curriculum import (  # noqa: F401
    author,
    edit,
    lessons,
    loaded,
)
