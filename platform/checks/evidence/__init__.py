"""Collect what an exercise's checks look at, and store it as JSON."""
