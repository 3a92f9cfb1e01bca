"""Give builds of lessons' Dockerfiles a network that leads to the public internet and nowhere else.

An author's RUN is somebody's program on this host's network: it must reach neither the host nor
what is beside it, nor a cloud's metadata. The rules stand in the mangle table of the engine's
network namespace, which the engine leaves alone and passes first.
"""

import json
from collections.abc import Iterable
from pathlib import Path

import docker
from django.conf import settings

from operate.console.shell import run

NETWORK, BRIDGE = "lesson-build", "ddock-lessons"
RESOLVERS = Path("/etc/resolv.conf")
# What is not the public internet (RFC 6890), and what is nobody's.
NOT_PUBLIC = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
)


def ensure_lesson_network(client: docker.DockerClient) -> None:
    """Create the network on a private engine."""
    if not client.networks.list(names=[f"^{NETWORK}$"]):
        client.networks.create(
            NETWORK,
            driver="bridge",
            options={
                "com.docker.network.bridge.name": BRIDGE,
                "com.docker.network.bridge.enable_icc": "false",
            },
        )


def close_off(namespace: str) -> None:
    """Let lessons' builds reach public addresses only, and not this host's own.

    Runs whenever a way out is opened, because the host's addresses change. Raises OperateError.
    """
    iptables = ("ip", "netns", "exec", namespace, "iptables", "-w", "-t", "mangle")
    run(*iptables, "-F", "FORWARD")
    # A build asks the name servers of this host, through the engine's own; no more than names.
    for server in name_servers():
        for protocol in ("udp", "tcp"):
            question = ("-p", protocol, "--dport", "53")
            run(*iptables, "-A", "FORWARD", "-i", BRIDGE, "-d", server, *question, "-j", "ACCEPT")
    for target, networks in (
        ("ACCEPT", settings.BUILD_PRIVATE_NETWORKS),
        ("DROP", [*NOT_PUBLIC, *host_addresses()]),
    ):
        for network in networks:
            run(*iptables, "-A", "FORWARD", "-i", BRIDGE, "-d", network, "-j", target)


def name_servers() -> list[str]:
    """Return the name servers of this host that stand in resolv.conf(5), by IPv4 address."""
    lines = RESOLVERS.read_text().splitlines() if RESOLVERS.exists() else []
    servers = [line.split()[1] for line in lines if line.startswith("nameserver ")]
    return [server for server in servers if ":" not in server]


def host_addresses() -> Iterable[str]:
    """Return this host's own addresses; those that are public are in no list of networks."""
    rows = json.loads(run("ip", "-json", "-4", "addr", "show") or "[]")
    return sorted(
        {address["local"] for row in rows for address in row.get("addr_info", ()) if address}
    )
