"""Check the host, health and lessons."""
