"""Evidence, checks, submissions, scores."""
