"""Do what workers do about registries.

All of it may run twice; what was lost, beat finds again.
"""

import base64
import json
import logging
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import cache

from runtime.registry.tokens import LIBRARY_OWNER, Claims, sign
from sandboxes.engine.interface import MachineInspector
from sandboxes.errors import (
    EngineError,
    EngineUnavailable,
    ImageMissing,
    MachineMissing,
    MachineTypeRefused,
)
from sandboxes.hosts import engine_for
from sandboxes.machine_types.images import image_tag
from sandboxes.machine_types.registry import machine_types
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.registry.hosts import registry_of, registry_spec
from sandboxes.registry.library import FILL_SECONDS, LIBRARY_ADDRESS, MARKED, preloading_type
from sandboxes.registry.names import key, password, registry_name

logger = logging.getLogger(__name__)

ADDRESS = "registry:5000"
DOCKER_CONFIG = "/root/.docker/config.json"
CONFIG_BYTES = 65536
COMMAND = "/usr/local/bin/registry"
# ptyd looks for it before it names the library (runtime/ptyd/refuse.c).
LIBRARY_NOTE = "/usr/local/share/registry-library"
LIBRARY_TEXT = b"registry:5000/library has the images that this machine began with.\n"
FILLED_SECONDS, RETRY_SECONDS = 300, 600  # beat looks every minute
COMMAND_TEXT = Path(settings.BASE_DIR) / "platform/runtime/registry/registry.sh"


# Sandboxes


def join_sandbox(sandbox: Sandbox) -> None:
    """Give a sandbox's machines their passwords, then let the registry into their networks.

    Raises EngineError.
    """
    for machine in machines_to_join().filter(sandbox=sandbox):
        join_machine(machine)


def machines_to_join() -> Any:
    """Select the machines that are to reach the registry."""
    ready = (Sandbox.State.READY, Sandbox.State.PARKED)
    kinds = [each.name for each in machine_types() if each.can_join_registry]
    rows = Machine.objects.filter(
        state=Machine.State.CLAIMED, kind__in=kinds, sandbox__state__in=ready
    )
    return rows.select_related("host", "sandbox__user").order_by("created_at")


def join_machine(machine: Machine) -> None:
    """Give a machine what it needs, and let the registry in. Raises EngineError."""
    registry = registry_of(machine.host)
    files = files_for(machine)
    if cache.get(library_key(machine.host)):
        files[LIBRARY_NOTE] = (LIBRARY_TEXT, 0o644)
    registry.put_files(machine.container_id, files)
    registry.join(machine.network_id)


def files_for(machine: Machine) -> dict[str, tuple[bytes, int]]:
    """Make Docker's configuration with the password in it, and the `registry` command."""
    assert machine.sandbox is not None
    credentials = f"{registry_name(machine.sandbox.user)}:{password(machine.sandbox)}"
    auth = base64.b64encode(credentials.encode()).decode()
    config = docker_config(machine)
    config["auths"] = {**object_or_empty(config.get("auths")), ADDRESS: {"auth": auth}}
    return client_files(config, auth, ADDRESS)


def client_files(config: dict[str, Any], auth: str, address: str) -> dict[str, tuple[bytes, int]]:
    """Make Docker's configuration of this content, and the `registry` command for an address."""
    command = COMMAND_TEXT.read_text().replace("@AUTH@", auth).replace("@ADDRESS@", address)
    return {
        DOCKER_CONFIG: (json.dumps(config, indent=2).encode(), 0o600),
        COMMAND: (command.encode(), 0o700),
    }


def docker_config(machine: Machine) -> dict[str, Any]:
    """Read the student's configuration; empty where it isn't valid."""
    engine: MachineInspector = engine_for(machine.host)
    content = engine.read_file(machine.container_id, DOCKER_CONFIG, CONFIG_BYTES).content
    try:
        return object_or_empty(json.loads(content or b"{}"))
    except ValueError:
        return {}


def object_or_empty(value: Any) -> dict[str, Any]:
    """Return a JSON object, and an empty one for any other value."""
    return dict(value) if isinstance(value, dict) else {}


# Hosts


def mend_registries() -> None:
    """Have a running registry on every host, in every network that needs it."""
    if not settings.REGISTRY:
        return
    for host in Host.objects.filter(accepting=True):
        try:
            mend_registry(host)
        except ImageMissing:
            logger.debug("the registry's image is not built yet on %s", host)
        except EngineUnavailable as error:
            logger.warning("the registry of %s waits for the engine: %s", host, error)
        except EngineError:
            logger.exception("the registry of %s could not be mended", host)


def mend_registry(host: Host) -> None:
    """Repair a host's registry. Raises EngineError."""
    registry = registry_of(host)
    registry.ensure(registry_spec())
    joined = registry.joined()
    for machine in machines_to_join().filter(host=host):
        if machine.network_id not in joined:
            try:
                join_machine(machine)
            except MachineMissing as error:  # the reaper's business
                logger.info("machine %s is not there to join the registry: %s", machine.pk, error)


def fill_libraries() -> None:
    """Have the images that machines begin with in every registry, for who has removed them."""
    if not settings.REGISTRY:
        return
    for host in Host.objects.filter(accepting=True):
        try:
            fill_library(host)
        except (ImageMissing, MachineMissing, MachineTypeRefused) as error:
            logger.debug("the library of %s waits: %s", host, error)
        except EngineError as error:
            logger.warning("the library of %s is not filled: %s", host, error)


def fill_library(host: Host) -> None:
    """Fill a registry's library, once for each image of the machine. Raises EngineError.

    A fill that failed is tried again after a while, since it costs a machine.
    """
    engine, registry, kind = engine_for(host), registry_of(host), preloading_type()
    image = engine.image(image_tag(kind.name)).id
    if registry.ask(f"/image?name={MARKED}&tag={mark_of(image)}").get("digest"):
        cache.set(library_key(host), True, FILLED_SECONDS)
        return
    cache.delete(library_key(host))
    if not cache.add(f"{library_key(host)}-tried", True, RETRY_SECONDS):
        return
    kind.refuse_on(engine.cached_info())
    claims = Claims(LIBRARY_OWNER, "", teaches=False, until=int(time.time() + 2 * FILL_SECONDS))
    auth = base64.b64encode(f"{LIBRARY_OWNER}:{sign(claims, key())}".encode()).decode()
    files = client_files({"auths": {LIBRARY_ADDRESS: {"auth": auth}}}, auth, LIBRARY_ADDRESS)
    if registry.fill(image, mark_of(image), files):
        logger.info("the registry of %s has the images that machines begin with", host)
        cache.set(library_key(host), True, FILLED_SECONDS)
    cache.delete(f"{library_key(host)}-tried")


def library_key(host: Host) -> str:
    """Name what remembers that a host's library is filled, so that joining need not ask."""
    return f"registry-library:{host.pk}"


def mark_of(image: str) -> str:
    return image.rpartition(":")[2][:12]


def clean_registries() -> None:
    """Delete former users' images and unreferenced blobs."""
    if not settings.REGISTRY:
        return
    for host in Host.objects.filter(accepting=True):
        try:
            clean_registry(host)
        except EngineError as error:
            logger.warning("the registry of %s is not cleaned: %s", host, error)


def clean_registry(host: Host) -> None:
    """Clean a host's registry. Raises EngineError.

    Users are looked up after the names, so that no new user is taken for a former one.
    """
    registry = registry_of(host)
    owners = registry.ask("/owners").get("owners", [])
    users = get_user_model().objects.only("pk", "username").iterator()
    for name in set(owners) - {registry_name(user) for user in users}:
        logger.info("the registry of %s forgets %s", host, name)
        registry.ask(f"/forget?owner={name}")
    registry.ask("/collect")


def remove_registry(host: Host) -> None:
    """Remove the containers when the platform stops; the images stay for the next start.

    Raises EngineError.
    """
    registry_of(host).remove()
