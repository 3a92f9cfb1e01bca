"""Talk to Docker engines, real and in memory, behind small Protocols."""
