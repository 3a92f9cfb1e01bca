"""Collect static files, and tell browsers where they lie."""
