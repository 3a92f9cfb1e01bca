"""Serve the account pages."""
