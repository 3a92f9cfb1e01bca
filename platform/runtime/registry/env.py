"""Read what the platform gives the containers when it creates them.

The platform sets it in sandboxes/registry/engine.py; no operator sets any of it.
"""

import os


def variable(name: str) -> str:
    """Return one value: KEY (hex digits), OWNER_BYTES or TOTAL_BYTES. Raises KeyError."""
    return os.environ[name]
