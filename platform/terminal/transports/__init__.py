"""Reach the PTY server of a machine."""
