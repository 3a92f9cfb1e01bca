"""Open several clones' uplinks on one host.

Forwarding stays on until the last is closed, and is then what it was.
"""

import json
from pathlib import Path

import pytest

from operate.engine import network_namespace
from operate.engine.network_namespace import Uplink, forwarding_before


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """The host's links, by name, with their aliases; `ip_forward` is in a file."""
    links = {"eth0": ""}

    def run(*arguments: str, check: bool = True) -> str:
        if arguments == ("ip", "-json", "link", "show"):
            return json.dumps(
                [
                    {"ifname": name} | ({"ifalias": alias} if alias else {})
                    for name, alias in links.items()
                ]
            )
        if arguments[:3] == ("ip", "link", "add"):
            links[arguments[3]] = ""
        if arguments[:3] == ("ip", "link", "set"):
            links[arguments[3]] = arguments[5]
        if arguments[:3] == ("ip", "link", "delete"):
            links.pop(arguments[3], None)
        return ""

    monkeypatch.setattr(network_namespace, "run", run)
    monkeypatch.setattr(network_namespace, "IP_FORWARD", tmp_path / "ip_forward")
    return links


def new_uplink(name: str) -> Uplink:
    return Uplink(link=name, subnet="10.213.0.0/30", forwarding=forwarding_before(name))


@pytest.mark.parametrize("before", ["0", "1"])
@pytest.mark.parametrize("first_closed", [0, 1])
def test_the_last_one_closed_puts_back_what_was(
    host: dict[str, str], before: str, first_closed: int
) -> None:
    network_namespace.IP_FORWARD.write_text(before)
    uplinks = []
    for name in ("ddock-aa", "ddock-bb"):
        uplinks.append(new_uplink(name))
        uplinks[-1].open("drydock-x")
    uplinks.pop(first_closed).close()
    assert network_namespace.IP_FORWARD.read_text() == "1"
    uplinks.pop().close()
    assert network_namespace.IP_FORWARD.read_text() == before
    assert host == {"eth0": ""}
