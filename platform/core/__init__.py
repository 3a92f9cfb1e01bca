"""Hold what every app may use. Nothing here imports an app above it."""
