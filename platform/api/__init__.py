"""Serve the HTTP API below /api/."""
