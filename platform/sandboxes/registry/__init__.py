"""The registry of a host: students push images below their own name and pull what belongs to their course.

One container without a network, the core, runs Debian's docker-registry behind nginx and the gate (gate/, the only part
that runs there and knows nothing of Django). Small forwarders, the fronts, bring it into sandboxes' networks.
"""
