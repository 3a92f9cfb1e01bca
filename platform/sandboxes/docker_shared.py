"""The network that the machines of one sandbox share, by its label and its id (names may be there twice, see
docker_networks.py).

A machine is made with a network of its own, so that a warm one is as far from its neighbours as any. When a sandbox has
several, they are moved to a network of the sandbox's, with its rules and no others; their own networks go.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import docker
from docker.errors import APIError

from sandboxes import hostnames
from sandboxes.docker_api import already_done, is_conflict, registry_ends, remove_network
from sandboxes.engine import Member

logger = logging.getLogger(__name__)

LABEL_SANDBOX = "drydock.sandbox"
# Internal has no route out; inhibit_ipv4 leaves the bridge without an address, and the host out of reach.
OPTIONS = {"com.docker.network.bridge.inhibit_ipv4": "true", "com.docker.network.bridge.enable_icc": "true"}
Labels = Mapping[str, str]


def join_machines(api: docker.APIClient, name: str, labels: Labels, members: Sequence[Member]) -> str:
    """See SandboxEngine.join_machines. `labels` tell the sandbox's network, `name` is for people."""
    containers = [api.inspect_container(member.container_id) for member in members]
    network = _ensure(api, name, labels, containers)
    _take_off_others(api, network, {container["Id"] for container in containers})
    # The engine works on several containers at once; three take as long as two did one after the other.
    with ThreadPoolExecutor(max(1, len(members))) as pool:
        moves = [pool.submit(_move, api, network, *pair) for pair in zip(members, containers, strict=True)]
    for move in moves:
        move.result()
    _remove_twins(api, labels, network)
    return network


def name_members(api: docker.APIClient, members: Iterable[Member], *, mounted: str) -> None:
    """Give running machines their names as host names. Only those with something mounted at `mounted` run here."""
    for member in members:
        found = api.inspect_container(member.container_id)
        if found["State"]["Running"] and any(mount["Destination"] == mounted for mount in found["Mounts"]):
            try:
                hostnames.set_hostname(found["State"]["Pid"], member.name)
            except OSError as error:  # it has ended again
                logger.warning("machine %s keeps its old host name: %s", member.container_id, error)


def remove_shared_network(api: docker.APIClient, labels: Labels) -> None:
    """Remove every network with these labels."""
    for network in _ids(api, labels):
        with already_done():
            remove_network(api, network)


def _ensure(api: docker.APIClient, name: str, labels: Labels, containers: Iterable[Mapping[str, Any]]) -> str:
    """The network's id; of several the one that a machine has joined, or else the smallest, so that two who do this at
    once choose the same."""
    if not (ids := _ids(api, labels)):
        _create(api, name, labels)
        ids = _ids(api, labels)
    joined = {one["NetworkID"] for container in containers for one in _networks(container)}
    return next((network for network in ids if network in joined), ids[0])


def _create(api: docker.APIClient, name: str, labels: Labels) -> None:
    try:
        api.create_network(
            name, driver="bridge", internal=True, check_duplicate=True, options=OPTIONS, labels=dict(labels)
        )
    except APIError as error:
        if not is_conflict(error):
            raise


def _ids(api: docker.APIClient, labels: Labels) -> list[str]:
    wanted = [f"{name}={value}" for name, value in labels.items()]
    return sorted(row["Id"] for row in api.networks(filters={"label": wanted}))


def _networks(container: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(container["NetworkSettings"]["Networks"].values())


def _take_off_others(api: docker.APIClient, network: str, members: set[str]) -> None:
    """A machine that was replaced may still run, and would answer to the name of the new one."""
    others = set(api.inspect_network(network)["Containers"] or {}) - members
    for container in others - registry_ends(api, network) if others else ():
        with already_done():
            api.disconnect_container_from_network(container, network, force=True)


def _move(api: docker.APIClient, network: str, member: Member, container: Mapping[str, Any]) -> None:
    found = {one["NetworkID"]: one["Aliases"] or [] for one in _networks(container)}
    if list(found) == [network] and member.name in found[network]:
        return
    # First off, then on: in between it reaches nobody, which is better than two networks at once.
    for old in found:
        with already_done():
            api.disconnect_container_from_network(container["Id"], old)
    try:
        api.connect_container_to_network(container["Id"], network, aliases=[member.name])
    except APIError as error:
        if not _is_joined_already(error):
            raise
    for old in found.keys() - {network}:
        with already_done():
            remove_network(api, old)


def _is_joined_already(error: APIError) -> bool:
    """Another worker was quicker."""
    return "already exists in network" in str(error.explanation)


def _remove_twins(api: docker.APIClient, labels: Labels, kept: str) -> None:
    for network in _ids(api, labels):
        if network != kept:
            with already_done():
                remove_network(api, network)
