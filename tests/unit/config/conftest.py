"""Fixtures of config."""

from tests.support.fixtures.config import *  # noqa: F403
