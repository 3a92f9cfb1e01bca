"""Fixtures of curriculum."""

from tests.support.fixtures.curriculum import *  # noqa: F403
