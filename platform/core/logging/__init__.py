"""Give log lines their format, context and request ids, and keep secrets out of them."""
