"""Fixtures of grading."""

from tests.support.fixtures.grading import *  # noqa: F403
