"""Serve terminals over websockets: wire protocols, sessions, ways to the PTY server."""
