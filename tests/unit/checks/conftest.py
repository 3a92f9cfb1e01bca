"""Bring in the fixtures that these tests use."""

from tests.support.fixtures.curriculum import author, lessons  # noqa: F401
from tests.support.fixtures.grading import (  # noqa: F401
    checker,
    exercise,
    fake,
    fake_url,
    files,
    published,
    queued,
    sandbox,
    student,
)
