"""What the platform gives the containers when it makes them (registry/engine.py, `_environment`)."""

import os


def given(name: str) -> str:
    """One value: KEY (hex digits), OWNER_BYTES, TOTAL_BYTES. No operator sets these. Raises KeyError."""
    return os.environ[name]
