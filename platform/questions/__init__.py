"""Define, read and evaluate the questions of a quiz."""
