"""Serve the learner's pages and the events of open pages."""
