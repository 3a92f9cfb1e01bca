"""Bring in the fixtures of grading that these tests use."""

from tests.support.fixtures.grading import (  # noqa: F401
    check,
    exercise,
    fake,
    fake_url,
    files,
    press,
    published,
    queued,
    sandbox,
    student,
)
