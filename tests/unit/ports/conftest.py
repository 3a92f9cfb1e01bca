"""Bring in a PTY server of this host, whose ports are the tests' own servers."""

from tests.support.fixtures.terminal import host_ptyd, ptyd_binary, world  # noqa: F401
