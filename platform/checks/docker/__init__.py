"""Check what the Docker engine in a student's machine has: a module for each kind of object."""
