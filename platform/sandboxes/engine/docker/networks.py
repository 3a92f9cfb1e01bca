"""Find, create and remove networks by their labels and ids.

The engine's check for duplicate names is best effort (moby 20.10, libnetwork's NewNetwork): a
request that a killed worker left running in it and the next worker's can make two networks of the
same name, and then that name starts and removes nothing any more. So names only serve to find what
is there already: a single network stays, the same for whoever looks, and removal goes by label.
Containers need none of this: the engine reserves their names first.
"""

import docker
from docker.errors import APIError, NotFound

from sandboxes.engine.docker.client import already_done, explanation, is_conflict
from sandboxes.engine.docker.labels import LABEL_REGISTRY

# Internal has no route out; inhibit_ipv4 leaves the bridge without an address, and the host out of
# reach.
OPTIONS = {
    "com.docker.network.bridge.inhibit_ipv4": "true",
    "com.docker.network.bridge.enable_icc": "true",
}
Labels = dict[str, str]


def ensure_network(
    api: docker.APIClient, name: str, *, labels: Labels, owner: Labels, container: str
) -> str:
    """Return the id of the network with the labels `owner`, made with `labels` if need be.

    `container` is to join it.
    """
    create_network(api, name, labels=labels, owner=owner)
    return remove_duplicates(api, owner, container=container)


def create_network(api: docker.APIClient, name: str, *, labels: Labels, owner: Labels) -> None:
    """Make a network, unless another with the labels `owner` has taken the name meanwhile."""
    try:
        api.create_network(
            name,
            driver="bridge",
            internal=True,
            check_duplicate=True,
            options=OPTIONS,
            labels=labels,
        )
    except APIError as error:
        if not is_conflict(error) or not network_ids(api, owner):
            raise


def remove_duplicates(api: docker.APIClient, owner: Labels, *, container: str) -> str:
    """Remove all but one of the networks with these labels, and return that one's id.

    It is the one that the container has joined, or else the smallest, so that two who do this at
    once leave the same.
    """
    ids = network_ids(api, owner)
    if len(ids) < 2:
        return ids[0] if ids else ""
    try:
        joined = network_ids_of(api.inspect_container(container))
    except NotFound:
        joined = []
    survivor = next((id_ for id_ in ids if id_ in joined), ids[0])
    remove_networks(api, [id_ for id_ in ids if id_ != survivor])
    return survivor


def remove_networks(api: docker.APIClient, ids: list[str]) -> None:
    """Remove networks; those that are gone are fine."""
    for id_ in ids:
        with already_done():
            remove_network(api, id_)


def remove_network(api: docker.APIClient, network: str) -> None:
    """Remove a network by id or name, even with the registry's forwarder in it.

    Raises what the SDK raises.
    """
    try:
        api.remove_network(network)
    except APIError as error:
        if "active endpoints" not in explanation(error):
            raise
        for container in registry_forwarders(api, network):
            with already_done():
                api.disconnect_container_from_network(container, network, force=True)
        api.remove_network(network)


def registry_forwarders(api: docker.APIClient, network: str) -> set[str]:
    """Return the ids of the registry's forwarders in a network (registry/engine.py)."""
    inside = set(api.inspect_network(network)["Containers"] or {})
    return inside & {
        row["Id"] for row in api.containers(all=True, filters={"label": LABEL_REGISTRY})
    }


def is_ambiguous(error: APIError) -> bool:
    """Whether the engine knows several networks of the name that it was to use."""
    return "is ambiguous" in str(error.explanation)


def network_ids(api: docker.APIClient, owner: Labels) -> list[str]:
    """List the networks with these labels, always in the same order."""
    labels = [f"{name}={value}" for name, value in owner.items()]
    return sorted(row["Id"] for row in api.networks(filters={"label": labels}))


def network_ids_of(container: dict[str, object]) -> list[str]:
    """List the networks that an inspected container is in; none before its first start."""
    settings: dict[str, dict[str, dict[str, str]]] = container["NetworkSettings"]  # type: ignore[assignment]
    return [network["NetworkID"] for network in settings["Networks"].values()]
