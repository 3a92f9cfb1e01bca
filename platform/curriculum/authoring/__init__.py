"""Change lessons from the admin."""
