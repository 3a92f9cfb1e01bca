"""Guard a registry: who may do what, quotas and deleting.

Runs in the registry's container beside nginx and docker-registry. Standard library only, and no
import of the platform's: the image holds just this folder.
"""
