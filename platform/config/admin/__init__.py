"""Dress the Django admin in the product's colours and groups."""
