"""Fixtures of the registry."""

from tests.support.registry.fixtures import *  # noqa: F403
