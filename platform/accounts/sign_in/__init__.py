"""Configure signing in: adapters, backends, lockout, stages and second factors."""
