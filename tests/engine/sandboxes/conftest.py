"""Bring in the fixtures of sandboxes that these tests use."""

from tests.support.fixtures.sandboxes import (  # noqa: F401
    another,
    box,
    calm,
    student,
    told,
    worker,
)
