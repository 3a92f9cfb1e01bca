"""What runs in the registry's container beside nginx and docker-registry: who may do what, quotas, deleting.

Standard library only, and no import of the platform's: the image holds just this folder.
"""
