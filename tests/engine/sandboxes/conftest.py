"""Bring in the fixtures of sandboxes that these tests use."""

from tests.support.fixtures.sandboxes import (  # noqa: F401
    box,
    other_student,
    payloads_sent,
    shared_machine,
    student,
    worker,
)
