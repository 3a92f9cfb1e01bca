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

from sandboxes.engine.docker.client import already_done, registry_ends
from sandboxes.engine.docker.networks import Labels, create_network, network_ids, remove_networks
from sandboxes.engine.interface import Member
from sandboxes.engine.linux import hostname

logger = logging.getLogger(__name__)

LABEL_SANDBOX = "drydock.sandbox"


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
    remove_networks(api, [id_ for id_ in network_ids(api, labels) if id_ != network])
    return network


def name_members(api: docker.APIClient, members: Iterable[Member], *, mounted: str) -> None:
    """Give running machines their names as host names. Only those with something mounted at `mounted` run here."""
    for member in members:
        found = api.inspect_container(member.container_id)
        if found["State"]["Running"] and any(mount["Destination"] == mounted for mount in found["Mounts"]):
            try:
                hostname.set_hostname(found["State"]["Pid"], member.name)
            except OSError as error:  # it has ended again
                logger.warning("machine %s keeps its old host name: %s", member.container_id, error)


def remove_shared_network(api: docker.APIClient, labels: Labels) -> None:
    """Remove every network with these labels."""
    remove_networks(api, network_ids(api, labels))


def _ensure(api: docker.APIClient, name: str, labels: Labels, containers: Iterable[Mapping[str, Any]]) -> str:
    """The network's id; of several the one that a machine has joined, or else the smallest, so that two who do this at
    once choose the same."""
    if not (ids := network_ids(api, labels)):
        create_network(api, name, labels=labels, mine=labels)
        ids = network_ids(api, labels)
    joined = {one["NetworkID"] for container in containers for one in _networks(container)}
    return next((network for network in ids if network in joined), ids[0])


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
    remove_networks(api, [old for old in found if old != network])


def _is_joined_already(error: APIError) -> bool:
    """Another worker was quicker."""
    return "already exists in network" in str(error.explanation)
