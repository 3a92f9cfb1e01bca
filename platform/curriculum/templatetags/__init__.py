"""Offer the curriculum's tags and filters to templates."""
