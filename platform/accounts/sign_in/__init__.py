"""Configure signing in: adapters, backends, lockout, steps and second factors."""
