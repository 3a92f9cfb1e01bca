"""Start a container and a virtual machine at once, and measure how long each takes to answer."""
