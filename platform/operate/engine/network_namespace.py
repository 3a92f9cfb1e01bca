"""Give the private engine its own network namespace, and an uplink while images are built.

Two engines in one namespace rewrite each other's iptables chains; one of its own also leaves
students' networks no way out by construction. Names and subnets come from the var folder, so that
two clones run side by side.
"""

import contextlib
import ipaddress
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from operate.console.shell import replace_text, run
from operate.engine.lesson_builds import close_off
from operate.stack.layout import Layout

NETNS_FOLDER = Path("/run/netns")
IP_FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
Network = ipaddress.IPv4Network
# Where the engine may take machines' networks from, and uplinks their /30: the first that meets no
# route of this host.
POOLS = [Network(f"10.{second}.0.0/16") for second in range(214, 250)] + [Network("172.30.0.0/16")]
UPLINKS = Network("10.213.0.0/16")
LINK_PREFIX = "ddock-"


def namespace_name(layout: Layout) -> str:
    return f"drydock-{layout.tag}"


def namespace_path(layout: Layout) -> Path:
    return NETNS_FOLDER / namespace_name(layout)


def ensure_namespace(layout: Layout) -> None:
    """Create the namespace, or adopt one that an earlier run left.

    Its machines may still be in it.
    """
    path = namespace_path(layout)
    if path.exists() and not os.path.ismount(path):
        path.unlink()
    if not path.exists():
        run("ip", "netns", "add", path.name)
    run("ip", "-n", path.name, "link", "set", "lo", "up")


def remove_namespace(layout: Layout) -> None:
    """Take the uplink and the namespace away; does nothing when they are gone."""
    close_uplink(layout)
    if namespace_path(layout).exists():
        run("ip", "netns", "delete", namespace_name(layout), check=False)


def host_networks() -> list[Network]:
    """Return networks that this host has a route to, and its name servers.

    Ours must meet none of them.
    """
    routes = json.loads(run("ip", "-json", "-4", "route", "show", "table", "all") or "[]")
    addresses = [route["dst"] for route in routes if route.get("dst", "default") != "default"]
    resolvers = Path("/etc/resolv.conf")
    lines = resolvers.read_text().splitlines() if resolvers.exists() else []
    addresses += [line.split()[1] for line in lines if line.startswith("nameserver ")]
    return [network for network in map(parse_network, addresses) if network]


def parse_network(text: str) -> Network | None:
    try:
        return Network(text, strict=False)
    except ValueError:
        return None


def first_free(candidates: Iterable[Network], taken: list[Network]) -> Network | None:
    """Return the first candidate that overlaps nothing taken."""
    return next(
        (net for net in candidates if not any(net.overlaps(other) for other in taken)), None
    )


def machine_pool() -> str:
    """Return the range from which the engine makes machines' /28 networks, as text."""
    return str(first_free(POOLS, host_networks()) or POOLS[0])


def uplink_candidates(tag: str) -> Iterator[Network]:
    """Yield every /30 of UPLINKS, beginning at a place that the tag (hex digits) decides."""
    total = 2 ** (30 - UPLINKS.prefixlen)
    start = int(tag, 16) % total
    for step in range(total):
        yield Network((int(UPLINKS.network_address) + 4 * ((start + step) % total), 30))


@dataclass(frozen=True)
class Uplink:
    """Open and close a veth pair with NAT.

    `link` is on the host's side, `subnet` a /30 (host's end .1, engine's end .2). `forwarding` is
    what ip_forward was before any clone's uplink; it is the link's alias, too, for the next clone
    to find.
    """

    link: str
    subnet: str
    forwarding: str

    def rules(self) -> list[list[str]]:
        """Return iptables rules: table, chain and match, without the verb."""
        return [
            ["nat", "POSTROUTING", "-s", self.subnet, "!", "-o", self.link, "-j", "MASQUERADE"],
            ["filter", "FORWARD", "-i", self.link, "-j", "ACCEPT"],
            ["filter", "FORWARD", "-o", self.link, "-j", "ACCEPT"],
        ]

    def open(self, namespace: str) -> None:
        host, inner = list(Network(self.subnet).hosts())
        run(
            "ip",
            "link",
            "add",
            self.link,
            "type",
            "veth",
            "peer",
            "name",
            "uplink",
            "netns",
            namespace,
        )
        run("ip", "addr", "add", f"{host}/30", "dev", self.link)
        run("ip", "link", "set", self.link, "alias", self.forwarding, "up")
        run("ip", "-n", namespace, "addr", "add", f"{inner}/30", "dev", "uplink")
        run("ip", "-n", namespace, "link", "set", "uplink", "up")
        run("ip", "-n", namespace, "route", "add", "default", "via", str(host))
        for table, chain, *match in self.rules():
            run("iptables", "-w", "-t", table, "-I", chain, *match)
        IP_FORWARD.write_text("1")

    def close(self) -> None:
        run("ip", "link", "delete", self.link, check=False)
        for table, chain, *match in self.rules():
            run("iptables", "-w", "-t", table, "-D", chain, *match, check=False)
        if self.forwarding == "0" and not other_uplinks(self.link):
            IP_FORWARD.write_text("0")


def other_uplinks(link: str) -> dict[str, str]:
    """Return the uplinks of other clones on this host that are open now, with their aliases."""
    rows = json.loads(run("ip", "-json", "link", "show") or "[]")
    names = {row["ifname"]: str(row.get("ifalias", "")) for row in rows}
    return {
        name: alias
        for name, alias in names.items()
        if name.startswith(LINK_PREFIX) and name != link
    }


def forwarding_before(link: str) -> str:
    """Return what ip_forward was before the first uplink that is open now."""
    return next(filter(None, other_uplinks(link).values()), IP_FORWARD.read_text().strip())


def record_file(layout: Layout) -> Path:
    return layout.engine / "uplink.json"


def keep_marker(layout: Layout) -> Path:
    """Return the file that is there while the uplink is to stay.

    Images that are built meanwhile use it and leave it open.
    """
    return layout.engine / "uplink.kept"


def keep_uplink(layout: Layout) -> None:
    """Open a way out for as long as the engine runs, which the registry's mirror needs.

    Students' networks still have none: they are internal, and the engine forwards nothing from or
    to them.
    """
    open_uplink(layout)
    keep_marker(layout).touch()


def close_uplink(layout: Layout) -> None:
    """Remove the uplink that the record names, even one of an earlier run.

    Does nothing without a record.
    """
    record = record_file(layout)
    keep_marker(layout).unlink(missing_ok=True)
    if record.exists():
        Uplink(**json.loads(record.read_text())).close()
        record.unlink()


@contextlib.contextmanager
def uplink(layout: Layout) -> Iterator[None]:
    """Open a way out for the engine while images are pulled and built.

    It is gone afterwards, however that ends, unless it is kept.
    """
    if keep_marker(layout).exists():
        yield
        return
    try:
        open_uplink(layout)
        yield
    finally:
        close_uplink(layout)


def open_uplink(layout: Layout) -> None:
    close_uplink(layout)
    subnet = first_free(uplink_candidates(layout.tag), host_networks()) or next(
        uplink_candidates(layout.tag)
    )
    name = f"{LINK_PREFIX}{layout.tag}"
    link = Uplink(link=name, subnet=str(subnet), forwarding=forwarding_before(name))
    close_off(namespace_name(layout))
    # The record comes first: after an unclean end it says what to clean up.
    replace_text(record_file(layout), json.dumps(vars(link)))
    link.open(namespace_name(layout))
