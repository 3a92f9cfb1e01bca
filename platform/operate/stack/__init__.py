"""Run the platform as processes under one supervisor."""
