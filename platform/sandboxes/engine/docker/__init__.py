"""Implement the engine's Protocols on a real Docker engine."""
