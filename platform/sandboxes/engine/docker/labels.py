"""Name the labels by which an engine's objects are told apart."""

LABEL_INSTALLATION = "drydock.installation"
LABEL_MACHINE = "drydock.machine"
LABEL_KIND = "drydock.kind"
LABEL_SANDBOX = "drydock.sandbox"  # of the network that a sandbox's machines share
LABEL_SNAPSHOT = "drydock.snapshot"  # of copies of machines, and of what runs probes
LABEL_REGISTRY = "drydock.registry"
LABEL_TOOLS = "drydock.tools"
# What an image was made from (operate/images/machine_images.py). A commit inherits labels, and a
# student's disk must never be taken for the image itself.
LABEL_CONTENT = "drydock.content"
