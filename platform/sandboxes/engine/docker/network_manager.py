"""Manage the network that the machines of a sandbox share, by its label and its id.

A machine is made with a network of its own, so that a pooled one is as far from its neighbours as
any. When a sandbox has several, they are moved to a network of the sandbox's, with its rules and no
others; their own networks go.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import docker
from docker.errors import APIError

from sandboxes.engine.docker.client import already_done, engine_errors
from sandboxes.engine.docker.context import EngineContext
from sandboxes.engine.docker.labels import LABEL_MACHINE, LABEL_SANDBOX
from sandboxes.engine.docker.networks import (
    Labels,
    create_network,
    network_ids,
    network_ids_of,
    registry_forwarders,
    remove_duplicates,
    remove_networks,
)
from sandboxes.engine.facts import Member
from sandboxes.engine.linux.naming import give_name


class DockerNetworks:
    """Implement NetworkManager on a Docker engine."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context

    def join_machines(self, sandbox_id: str, members: Sequence[Member]) -> str:
        api, labels = self._context.api, self._sandbox_labels(sandbox_id)
        name = f"{self._context.installation}-x-{sandbox_id.replace('-', '')}"
        with engine_errors():
            containers = [api.inspect_container(member.container_id) for member in members]
            network = ensure_shared_network(api, name, labels, containers)
            disconnect_strangers(api, network, {container["Id"] for container in containers})
            # The engine works on several containers at once; three take as long as two did one
            # after the other.
            with ThreadPoolExecutor(max(1, len(members))) as pool:
                moves = [
                    pool.submit(move_machine, api, network, member, container)
                    for member, container in zip(members, containers, strict=True)
                ]
            for move in moves:
                move.result()
            remove_networks(api, [id_ for id_ in network_ids(api, labels) if id_ != network])
            self._name_members(members)
        return network

    def remove_shared_network(self, sandbox_id: str) -> None:
        api = self._context.api
        with engine_errors():
            remove_networks(api, network_ids(api, self._sandbox_labels(sandbox_id)))

    def remove_duplicate_networks(self, machine_id: str) -> None:
        context = self._context
        with engine_errors():
            remove_duplicates(
                context.api,
                context.machine_labels(machine_id),
                container=context.container_name(machine_id),
            )

    def _sandbox_labels(self, sandbox_id: str) -> Labels:
        return {**self._context.labels, LABEL_SANDBOX: sandbox_id}

    def _name_members(self, members: Iterable[Member]) -> None:
        """Give running machines on this host their names as host names."""
        for member in members:
            container = self._context.api.inspect_container(member.container_id)
            if container["State"]["Running"] and self._context.runs_here(container):
                machine_id = container["Config"]["Labels"][LABEL_MACHINE]
                folder = self._context.sockets_dir / machine_id
                give_name(folder, container["State"]["Pid"], member.name)


def ensure_shared_network(
    api: docker.APIClient, name: str, labels: Labels, containers: Iterable[dict[str, Any]]
) -> str:
    """Return the id of the network with these labels, made under `name` if need be.

    Of several it is the one that a machine has joined, or else the smallest, so that two who do
    this at once choose the same.
    """
    if not (ids := network_ids(api, labels)):
        create_network(api, name, labels=labels, owner=labels)
        ids = network_ids(api, labels)
    joined = {network for container in containers for network in network_ids_of(container)}
    return next((network for network in ids if network in joined), ids[0])


def disconnect_strangers(api: docker.APIClient, network: str, members: set[str]) -> None:
    """Take everybody else out of a network, but the registry.

    A machine that was replaced may still run, and would answer to the name of the new one.
    """
    others = set(api.inspect_network(network)["Containers"] or {}) - members
    for container in others - registry_forwarders(api, network) if others else ():
        with already_done():
            api.disconnect_container_from_network(container, network, force=True)


def move_machine(
    api: docker.APIClient, network: str, member: Member, container: Mapping[str, Any]
) -> None:
    """Move a machine from all its networks to this one, under its name."""
    joined = {
        entry["NetworkID"]: entry["Aliases"] or []
        for entry in container["NetworkSettings"]["Networks"].values()
    }
    if list(joined) == [network] and member.name in joined[network]:
        return
    # First off, then on: in between it reaches nobody, which is better than two networks at once.
    for old in joined:
        with already_done():
            api.disconnect_container_from_network(container["Id"], old)
    try:
        api.connect_container_to_network(container["Id"], network, aliases=[member.name])
    except APIError as error:
        # Another worker may have been quicker.
        if "already exists in network" not in str(error.explanation):
            raise
    remove_networks(api, [old for old in joined if old != network])
