"""Fixtures of learn."""

from tests.support.fixtures.learn import *  # noqa: F403
