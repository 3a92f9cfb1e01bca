"""Fixtures of accounts."""

from tests.support.fixtures.accounts import *  # noqa: F403
