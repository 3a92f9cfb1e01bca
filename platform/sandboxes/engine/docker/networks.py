"""Networks of machines and sandboxes, by their labels and their ids.

The engine's check for duplicate names is best effort (moby 20.10, libnetwork's NewNetwork): a request that a killed
worker left running in it and the next worker's can make two networks of one name, and then that name starts and
removes nothing any more. So names only serve to find what is there already: one network is kept, the same by whoever
looks, and removal goes by label. Containers need none of this: the engine reserves their names first.
"""

import docker
from docker.errors import APIError, NotFound

from sandboxes.engine.docker.client import already_done, is_conflict, remove_network

# Internal has no route out; inhibit_ipv4 leaves the bridge without an address, and the host out of reach.
OPTIONS = {"com.docker.network.bridge.inhibit_ipv4": "true", "com.docker.network.bridge.enable_icc": "true"}
Labels = dict[str, str]


def ensure_network(api: docker.APIClient, name: str, *, labels: Labels, mine: Labels, container: str) -> str:
    """The id of the network with the labels `mine`, made with `labels` when there is none; `container` joins it."""
    create_network(api, name, labels=labels, mine=mine)
    return remove_duplicate_networks(api, mine, container=container)


def create_network(api: docker.APIClient, name: str, *, labels: Labels, mine: Labels) -> None:
    """Make a network, unless one with the labels `mine` has taken the name meanwhile."""
    try:
        api.create_network(name, driver="bridge", internal=True, check_duplicate=True, options=OPTIONS, labels=labels)
    except APIError as error:
        if not is_conflict(error) or not network_ids(api, mine):
            raise


def remove_duplicate_networks(api: docker.APIClient, mine: Labels, *, container: str) -> str:
    """Remove all but one of the networks with these labels; the id of that one. It is what the container has joined, or
    else the smallest, so that two who do this at once keep the same."""
    ids = network_ids(api, mine)
    if len(ids) < 2:
        return ids[0] if ids else ""
    joined = _joined(api, container)
    kept = next((id_ for id_ in ids if id_ in joined), ids[0])
    remove_networks(api, [id_ for id_ in ids if id_ != kept])
    return kept


def remove_machine_networks(api: docker.APIClient, mine: Labels) -> None:
    """Remove every network with these labels."""
    remove_networks(api, network_ids(api, mine))


def remove_networks(api: docker.APIClient, ids: list[str]) -> None:
    """Remove networks; those that are gone are fine."""
    for id_ in ids:
        with already_done():
            remove_network(api, id_)


def is_ambiguous(error: APIError) -> bool:
    """Whether the engine found several networks of the name that it was to use."""
    return "is ambiguous" in str(error.explanation)


def network_ids(api: docker.APIClient, mine: Labels) -> list[str]:
    """The networks with these labels, in an order that is the same for whoever asks."""
    wanted = [f"{name}={value}" for name, value in mine.items()]
    return sorted(row["Id"] for row in api.networks(filters={"label": wanted}))


def _joined(api: docker.APIClient, container: str) -> set[str]:
    """The networks that a container has been started in; none before its first start."""
    try:
        found = api.inspect_container(container)
    except NotFound:
        return set()
    return {one["NetworkID"] for one in found["NetworkSettings"]["Networks"].values()}
