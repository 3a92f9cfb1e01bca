"""Find hosts and their engines."""

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from sandboxes.engine.docker.engine import DockerEngine
from sandboxes.engine.fake.engine import fake_engine
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import NoHost
from sandboxes.models import Host

DEFAULT_HOST = "local"
FAKE_SCHEME = "fake://"


def engine_for(host: Host) -> SandboxEngine:
    """Return the engine of a host.

    It is kept as long as the process: connections do not survive a fork.
    """
    return _engine(
        host.docker_url,
        settings.INSTALLATION,
        settings.SOCKETS_DIR,
        settings.VAR_DIR / "tools",
        os.getpid(),
    )


@lru_cache(maxsize=32)
def _engine(
    docker_url: str, installation: str, sockets_dir: Path, tools_dir: Path, _pid: int
) -> SandboxEngine:
    if docker_url.startswith(FAKE_SCHEME):
        return fake_engine(docker_url)
    return DockerEngine(
        docker_url, installation=installation, sockets_dir=sockets_dir, tools_dir=tools_dir
    )


def default_host() -> Host:
    """Return the host that `manage.py up` registered. Raises NoHost before that."""
    host = Host.objects.filter(name=DEFAULT_HOST).first() or Host.objects.order_by("pk").first()
    if host is None:
        raise NoHost("no host is registered: run `manage.py up`")
    return host


def register_default_host(*, docker_url: str, transport: str) -> Host:
    """Make or correct the default host's row."""
    host, _ = Host.objects.update_or_create(
        name=DEFAULT_HOST,
        defaults={
            "docker_url": docker_url,
            "transport": transport,
            "machines_max": settings.MACHINES_MAX,
            # To be tried anew: the operator may have changed what the trial found.
            "kvm_trial_image": "",
            "kvm_works": False,
        },
    )
    return host
