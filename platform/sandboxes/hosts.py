"""Find hosts and their engines."""

import os
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from sandboxes.engine.docker.engine import DockerEngine
from sandboxes.engine.fake.engine import fake_engine
from sandboxes.engine.interface import SandboxEngine
from sandboxes.errors import NoHost
from sandboxes.models import Host

DEFAULT_HOST = "local"
FAKE_SCHEME = "fake://"


class EngineKey(NamedTuple):
    """Hold what makes one engine's connections another's."""

    docker_url: str
    installation: str
    sockets_dir: Path
    tools_dir: Path
    pid: int  # connections do not survive a fork


class EngineConnections(dict[EngineKey, SandboxEngine]):
    """Hold this process's engines, each connected when it is first asked for.

    What `django.db.connections` is for databases.
    """

    def __missing__(self, key: EngineKey) -> SandboxEngine:
        self[key] = connect(key)
        return self[key]


connections = EngineConnections()


def engine_for(host: Host) -> SandboxEngine:
    """Return the engine of a host. It is kept as long as the process."""
    key = EngineKey(
        host.docker_url,
        settings.INSTALLATION,
        settings.SOCKETS_DIR,
        settings.VAR_DIR / "tools",
        os.getpid(),
    )
    return connections[key]


def connect(key: EngineKey) -> SandboxEngine:
    """Make the engine at an address: Docker's, or one in memory."""
    if key.docker_url.startswith(FAKE_SCHEME):
        return fake_engine(key.docker_url)
    return DockerEngine(
        key.docker_url,
        installation=key.installation,
        sockets_dir=key.sockets_dir,
        tools_dir=key.tools_dir,
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
