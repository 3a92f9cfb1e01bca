"""Read what the images of a machine's Docker engine are made of, for the panel *Layers*."""
