"""Read what runs in a machine, and behind which walls, in the /proc of the engine's host."""
