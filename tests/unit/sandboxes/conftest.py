"""Fixtures of sandboxes."""

from tests.support.fixtures.sandboxes import *  # noqa: F403
