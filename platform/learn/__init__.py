"""The learner's pages, the HTTP API and the events websocket."""
