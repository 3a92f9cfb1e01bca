"""Give the Django admin the product's colours and groups."""
