"""Grade what students submit."""
