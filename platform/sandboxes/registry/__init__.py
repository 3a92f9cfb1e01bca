"""Run a registry beside the machines of each host.

Students push images below their own name and pull what belongs to their course. A single container
without a network, the core, runs Debian's docker-registry behind nginx and the gate
(runtime/registry, which knows nothing of Django). Small forwarders, the fronts, bring it into
sandboxes' networks. docs/adr/0016-registry-gate.md says why the gate is our own.
"""
