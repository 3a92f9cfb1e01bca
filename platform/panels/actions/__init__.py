"""Hold what panels may ask of a machine; each module has the actions of one concept."""
