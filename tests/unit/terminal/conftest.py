"""Bring in the fixtures of terminal that these tests use."""

from tests.support.fixtures.terminal import (  # noqa: F401
    host_ptyd,
    ptyd_binary,
    small_ring,
    world,
)
