"""Fixtures of terminal."""

from tests.support.fixtures.terminal import *  # noqa: F403
