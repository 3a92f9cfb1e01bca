"""Encode and decode the frames of each terminal protocol."""
