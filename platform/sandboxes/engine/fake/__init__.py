"""Implement the engine's Protocols in memory, for tests."""
