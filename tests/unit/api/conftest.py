"""Fixtures of the learner's side, which the API shares."""

from tests.support.fixtures.learn import *  # noqa: F403
