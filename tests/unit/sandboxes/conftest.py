"""Bring in the fixtures of sandboxes that these tests use."""

from tests.support.fixtures.sandboxes import (  # noqa: F401
    box,
    fake,
    fill_pool,
    other_student,
    payloads_sent,
    ready,
    student,
    worker,
)
