"""Repair what was lost or left over."""
