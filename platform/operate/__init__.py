"""What an operator runs: `manage.py up`, host checks, health."""
