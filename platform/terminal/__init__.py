"""The websocket terminal: wire protocol, PTY server client, transports."""
