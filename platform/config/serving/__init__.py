"""Serve the ASGI application within the budgets: uvicorn's protocols, bounded."""
