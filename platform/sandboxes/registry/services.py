"""What workers do about registries. All of it may run twice; what was lost, beat finds again."""

import base64
import json
import logging
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model

from core.task_queue import queue_task
from sandboxes.errors import EngineError, EngineUnavailable, ImageMissing, MachineMissing
from sandboxes.hosts import engine_for
from sandboxes.machine_types.registry import machine_type, machine_types
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.registry.hosts import registry_of, registry_spec
from sandboxes.registry.names import password, registry_name

logger = logging.getLogger(__name__)

ADDRESS = "registry:5000"
DOCKER_CONFIG = "/root/.docker/config.json"
CONFIG_BYTES = 65536
COMMAND = "/usr/local/bin/registry"
COMMAND_TEXT = Path(settings.BASE_DIR) / "platform/runtime/registry/registry.sh"


# --- Sandboxes --------------------------------------------------------------------------------------------------------


def queue_registry_join(sandbox: Sandbox) -> None:
    """A sandbox is ready: have a worker bring the registry to it, if it has a machine that could use one."""
    if settings.REGISTRY and any(machine_type(wanted["kind"]).can_join_registry for wanted in sandbox.machines_wanted):
        queue_task("sandboxes.join_registry", str(sandbox.pk))


def join_sandbox(sandbox: Sandbox) -> None:
    """Give a sandbox's machines their passwords, then let the registry into their networks. Raises EngineError."""
    for machine in machines_to_join().filter(sandbox=sandbox):
        _join(machine)


def machines_to_join() -> Any:
    """The machines that are to reach the registry."""
    ready = (Sandbox.State.READY, Sandbox.State.PARKED)
    kinds = [each.name for each in machine_types() if each.can_join_registry]
    rows = Machine.objects.filter(state=Machine.State.CLAIMED, kind__in=kinds, sandbox__state__in=ready)
    return rows.select_related("host", "sandbox__user").order_by("created_at")


def _join(machine: Machine) -> None:
    registry = registry_of(machine.host)
    registry.put_files(machine.container_id, _files(machine))
    registry.join(machine.network_id)


def _files(machine: Machine) -> dict[str, tuple[bytes, int]]:
    """What a machine needs: Docker's configuration with the password in it, and the `registry` command."""
    assert machine.sandbox is not None
    auth = base64.b64encode(f"{registry_name(machine.sandbox.user)}:{password(machine.sandbox)}".encode()).decode()
    config = _config(machine)
    config["auths"] = {**_object(config.get("auths")), ADDRESS: {"auth": auth}}
    command = COMMAND_TEXT.read_text().replace("@AUTH@", auth).replace("@ADDRESS@", ADDRESS)
    return {
        DOCKER_CONFIG: (json.dumps(config, indent=2).encode(), 0o600),
        COMMAND: (command.encode(), 0o700),
    }


def _config(machine: Machine) -> dict[str, Any]:
    """The student's own configuration, as far as it is one."""
    content = engine_for(machine.host).read_file(machine.container_id, DOCKER_CONFIG, CONFIG_BYTES).content
    try:
        return _object(json.loads(content or b"{}"))
    except ValueError:
        return {}


def _object(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


# --- Hosts ------------------------------------------------------------------------------------------------------------


def mend_registries() -> None:
    """Have a running registry on every host, in every network that needs it, and nothing in it of users who left."""
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
    """Repair one host's. Raises EngineError."""
    registry = registry_of(host)
    registry.ensure(registry_spec())
    joined = registry.joined()
    for machine in machines_to_join().filter(host=host):
        if machine.network_id not in joined:
            _try_join(machine)


def _try_join(machine: Machine) -> None:
    try:
        _join(machine)
    except MachineMissing as error:  # the reaper's business
        logger.info("machine %s is not there to join the registry: %s", machine.pk, error)


def clean_registries() -> None:
    """Forget whoever left, and free the room of what nobody can pull any more."""
    if not settings.REGISTRY:
        return
    for host in Host.objects.filter(accepting=True):
        try:
            clean_registry(host)
        except EngineError as error:
            logger.warning("the registry of %s is not cleaned: %s", host, error)


def clean_registry(host: Host) -> None:
    """Clean one host's. Users are looked up after the names: nobody new is taken for gone. Raises EngineError."""
    registry = registry_of(host)
    names = registry.ask("/owners").get("owners", [])
    known = {registry_name(user) for user in get_user_model().objects.only("pk", "username").iterator()}
    for name in set(names) - known:
        logger.info("the registry of %s forgets %s", host, name)
        registry.ask(f"/forget?owner={name}")
    registry.ask("/collect")


def remove_registry(host: Host) -> None:
    """The platform stops: the containers go, the images stay for the next start. Raises EngineError."""
    registry_of(host).remove()
