"""Small helpers that every app may use. Imports nothing above it."""
