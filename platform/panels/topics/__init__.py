"""Hold what several panels read of machines."""
