"""Offer what tests of the operating parts share."""

from tests.support.fixtures.operate import file_max  # noqa: F401
