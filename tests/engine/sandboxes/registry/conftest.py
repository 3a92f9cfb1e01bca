"""Bring in the fixtures of registry that these tests use."""

from tests.support.registry.fixtures import (  # noqa: F401
    enter,
    registry,
)
