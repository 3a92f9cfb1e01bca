"""Find the registry of each host."""

import os
from functools import lru_cache

from django.conf import settings

from sandboxes.hosts import FAKE_SCHEME
from sandboxes.models import Host
from sandboxes.registry.engine import DockerRegistry, RegistryEngine, RegistrySpec
from sandboxes.registry.fake import FakeRegistry
from sandboxes.registry.names import key


def registry_of(host: Host) -> RegistryEngine:
    """Return the registry beside a host's machines, the same as long as the process lives."""
    return cached_registry(host.docker_url, settings.INSTALLATION, os.getpid())


@lru_cache(maxsize=32)
def cached_registry(docker_url: str, installation: str, _pid: int) -> RegistryEngine:
    """Make a registry once in each process."""
    if docker_url.startswith(FAKE_SCHEME):
        return FakeRegistry()
    return DockerRegistry(docker_url, installation=installation)


def registry_spec() -> RegistrySpec:
    """Say what the settings ask for."""
    return RegistrySpec(
        key=key(),
        owner_bytes=settings.REGISTRY_QUOTA_BYTES,
        total_bytes=settings.REGISTRY_TOTAL_BYTES,
        mirror_of=settings.REGISTRY_MIRROR,
    )
