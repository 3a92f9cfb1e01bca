"""Read lesson files, bring them into the database, and write them back."""
