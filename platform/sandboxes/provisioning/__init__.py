"""Bring machines up and take them down; this is what workers do."""
