"""Meter what people and machines use: by rate, and by what is open."""
