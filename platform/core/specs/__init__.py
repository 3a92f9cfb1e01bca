"""Hold what checks and questions share: field types, the registry of kinds, and outcomes."""
