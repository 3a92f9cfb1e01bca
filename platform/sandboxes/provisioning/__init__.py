"""Bring machines up, set them up, and take them down again."""
