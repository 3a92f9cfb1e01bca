"""Hold the panels, a module each."""
