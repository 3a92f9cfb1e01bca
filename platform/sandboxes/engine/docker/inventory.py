"""Account for this installation's objects on a Docker engine."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sandboxes.engine.docker.client import already_done, engine_errors
from sandboxes.engine.docker.context import EngineContext
from sandboxes.engine.docker.labels import (
    LABEL_INSTALLATION,
    LABEL_MACHINE,
    LABEL_SANDBOX,
    LABEL_SNAPSHOT,
)
from sandboxes.engine.docker.probes import DockerProbes
from sandboxes.engine.facts import OwnedObject
from sandboxes.engine.linux import mounts


class DockerInventory:
    """Implement Inventory on a Docker engine."""

    def __init__(self, context: EngineContext, probes: DockerProbes) -> None:
        self._context = context
        self._probes = probes
        self._label = f"{LABEL_INSTALLATION}={context.installation}"

    def find_owned(self) -> list[OwnedObject]:
        api, filters = self._context.api, {"label": self._label}
        with engine_errors():
            owned = [owned_container(row) for row in api.containers(all=True, filters=filters)]
            owned += [owned_network(row) for row in api.networks(filters=filters)]
            snapshots = {"label": [self._label, LABEL_SNAPSHOT]}
            owned += [owned_image(row) for row in api.images(filters=snapshots)]
        folders = mounts.socket_folders(self._context.sockets_dir)
        return owned + [OwnedObject("mount", name, name) for name in folders]

    def remove_leftover(self, owned: OwnedObject) -> None:
        with engine_errors(), already_done():
            if owned.kind == "probe":
                self._probes.snapshots.remove(owned.id)
            elif owned.kind == "snapshot":
                self._context.api.remove_image(owned.id, force=True, noprune=True)

    def events(self) -> Iterator[dict[str, Any]]:
        filters = {"type": "container", "label": self._label}
        with engine_errors():
            yield from self._context.api.events(decode=True, filters=filters)


def owned_network(row: dict[str, Any]) -> OwnedObject:
    """Describe a listed network: a machine's, or a sandbox's."""
    labels = row["Labels"] or {}
    if sandbox_id := labels.get(LABEL_SANDBOX):
        return OwnedObject("shared", row["Id"], "", sandbox_id=sandbox_id)
    return OwnedObject("network", row["Id"], labels.get(LABEL_MACHINE, ""))


def owned_container(row: dict[str, Any]) -> OwnedObject:
    """Describe a listed container: a machine, or a copy that a probe left."""
    labels = row["Labels"] or {}
    networks = row["NetworkSettings"]["Networks"].values()
    return OwnedObject(
        kind="probe" if LABEL_SNAPSHOT in labels else "container",
        id=row["Id"],
        machine_id=labels.get(LABEL_MACHINE, ""),
        running=row["State"] in ("running", "paused"),
        paused=row["State"] == "paused",
        created_at=datetime.fromtimestamp(row["Created"], UTC),
        networks=tuple(network["NetworkID"] for network in networks),
    )


def owned_image(row: dict[str, Any]) -> OwnedObject:
    """Describe the listed image of a machine's copy."""
    labels = row["Labels"] or {}
    created_at = datetime.fromtimestamp(row["Created"], UTC)
    return OwnedObject("snapshot", row["Id"], labels.get(LABEL_MACHINE, ""), created_at=created_at)
