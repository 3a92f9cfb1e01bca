"""Builds of lessons reach the public internet and nothing beside this host."""

import ipaddress
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from operate.engine import lesson_builds

OWN = '[{"addr_info": [{"local": "127.0.0.1"}]}, {"addr_info": [{"local": "203.0.113.5"}]}]'


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, str]]:
    """Networks and what becomes of packets to them, in order; questions about names apart."""
    monkeypatch.setattr(lesson_builds, "RESOLVERS", tmp_path / "resolv.conf")
    lesson_builds.RESOLVERS.write_text("search x\nnameserver 10.0.0.53\nnameserver ::1\n")
    made: list[tuple[str, str]] = []

    def run(*arguments: str) -> str:
        if arguments[:2] == ("ip", "-json"):
            return OWN
        if "-F" in arguments:
            made.clear()
        else:
            assert arguments[arguments.index("-i") + 1] == lesson_builds.BRIDGE
            if "--dport" in arguments:
                assert (arguments[arguments.index("-d") + 1], made) == ("10.0.0.53", [])
                return ""
            made.append((arguments[arguments.index("-d") + 1], arguments[-1]))
        return ""

    monkeypatch.setattr(lesson_builds, "run", run)
    return made


def fate(rules: list[tuple[str, str]], address: str) -> str:
    """What the first rule says that holds for an address."""
    target = ipaddress.ip_address(address)
    return next((end for net, end in rules if target in ipaddress.ip_network(net)), "passes")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.17.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200"],
)
def test_what_is_not_public_is_out_of_reach(rules: list[tuple[str, str]], address: str) -> None:
    lesson_builds.close_off("engine")
    assert fate(rules, address) == "DROP"


def test_the_hosts_own_public_address_is_too(rules: list[tuple[str, str]]) -> None:
    lesson_builds.close_off("engine")
    assert fate(rules, "203.0.113.5") == "DROP"
    assert fate(rules, "198.51.100.9") == "passes"


def test_a_mirror_of_the_operators_can_be_allowed(
    rules: list[tuple[str, str]], settings: Settings
) -> None:
    settings.BUILD_PRIVATE_NETWORKS = ["10.1.2.0/24"]
    lesson_builds.close_off("engine")
    lesson_builds.close_off("engine")
    assert fate(rules, "10.1.2.3") == "ACCEPT"
    assert fate(rules, "10.1.3.3") == "DROP"
