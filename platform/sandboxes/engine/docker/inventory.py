"""What the engine lists of ours, as OwnedObject."""

from datetime import UTC, datetime
from typing import Any

from sandboxes.engine.docker import shared_network, snapshots
from sandboxes.engine.interface import OwnedObject

LABEL_MACHINE = "drydock.machine"


def owned_network(row: dict[str, Any]) -> OwnedObject:
    """A machine's network, or a sandbox's."""
    labels = row["Labels"] or {}
    if sandbox_id := labels.get(shared_network.LABEL_SANDBOX):
        return OwnedObject("shared", row["Id"], "", sandbox_id=sandbox_id)
    return OwnedObject("network", row["Id"], labels.get(LABEL_MACHINE, ""))


def owned_container(row: dict[str, Any]) -> OwnedObject:
    """A machine, or a copy that a probe left."""
    labels = row["Labels"] or {}
    return OwnedObject(
        kind="probe" if snapshots.LABEL_SNAPSHOT in labels else "container",
        id=row["Id"],
        machine_id=labels.get(LABEL_MACHINE, ""),
        running=row["State"] in ("running", "paused"),
        paused=row["State"] == "paused",
        created_at=datetime.fromtimestamp(row["Created"], UTC),
        networks=tuple(one["NetworkID"] for one in row["NetworkSettings"]["Networks"].values()),
    )


def owned_image(row: dict[str, Any]) -> OwnedObject:
    """The image of such a copy."""
    labels = row["Labels"] or {}
    made = datetime.fromtimestamp(row["Created"], UTC)
    return OwnedObject("snapshot", row["Id"], labels.get(LABEL_MACHINE, ""), created_at=made)
