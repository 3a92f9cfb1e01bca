"""Fixtures of checks."""

from tests.support.fixtures.grading import *  # noqa: F403
