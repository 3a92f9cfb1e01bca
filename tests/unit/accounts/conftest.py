"""Bring in the fixtures of accounts that these tests use."""

from tests.support.fixtures.accounts import (  # noqa: F401
    ada,
    ines,
    otto,
    secret_key,
    student,
)
