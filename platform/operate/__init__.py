"""Set up, run and watch the platform on a machine."""
