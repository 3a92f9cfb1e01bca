"""Set up and take down the platform's private Docker engine."""
