"""Offer what tests of the operating parts share."""

from tests.support.fixtures.operate import sysctl  # noqa: F401
