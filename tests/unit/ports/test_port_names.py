"""Test how hosts of ports are told from the platform's."""

import uuid

import pytest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from ports.names import (
    PortAddress,
    address_of,
    frame_sources,
    has_origins,
    is_ports_host,
    is_ports_origin,
    origin_of,
)

MACHINE = uuid.UUID("6f1c2a9e5d8b4c7e9a0b1c2d3e4f5061")


@pytest.mark.parametrize(
    "host", ["{}.ports.localhost:8000", "{}.ports.localhost", "{}.PORTS.localhost.:80"]
)
def test_a_label_names_a_port_of_a_machine(host: str) -> None:
    address = PortAddress(MACHINE, 8080)
    assert address_of(host.format(address.label)) == address
    assert address_of(host.format(address.label.upper())) == address


@pytest.mark.parametrize(
    "host",
    [
        "ports.localhost",
        "x.ports.localhost",
        f"p0-{MACHINE.hex}.ports.localhost",
        f"p65536-{MACHINE.hex}.ports.localhost",
        f"p080-{MACHINE.hex}.ports.localhost",
        f"p80-{MACHINE.hex}.x.ports.localhost",
        f"p80-{MACHINE}.ports.localhost",
    ],
)
def test_other_names_below_the_ports_are_nobodys_and_never_the_platforms(host: str) -> None:
    assert address_of(host) is None
    assert is_ports_host(host)
    assert is_ports_origin(f"https://{host}:8443")


@pytest.mark.parametrize(
    "host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "xports.localhost", "ports.localhost.x"]
)
def test_other_hosts_are_the_platforms(host: str) -> None:
    assert not is_ports_host(host)


@pytest.mark.parametrize(
    ("setting", "host", "source"),
    [
        ("ports.localhost", "127.0.0.1:8000", "http://*.ports.localhost:8000"),
        ("ports.localhost", "localhost", "http://*.ports.localhost"),
        ("ports.example.org", "drydock.example", "http://*.ports.example.org"),
        ("ports.example.org", "drydock.example:8000", "http://*.ports.example.org:8000"),
        ("ports.example.org:8443", "drydock.example", "http://*.ports.example.org:8443"),
        ("ports.localhost", "drydock.example", "http://drydock.example/ports/at/"),
        ("", "localhost:8000", "http://localhost:8000/ports/at/"),
    ],
)
def test_pages_may_frame_ports_and_nothing_else(
    settings: Settings, setting: str, host: str, source: str
) -> None:
    settings.PORTS_HOST, settings.ALLOWED_HOSTS = setting, ["*"]
    request = RequestFactory().get("/", headers={"host": host})
    assert frame_sources(request) == [source]
    assert has_origins(request) == ("*" in source)
    if has_origins(request):
        assert origin_of(request, "p1-x") == source.replace("*", "p1-x")


def test_without_a_name_no_host_is_a_ports(settings: Settings) -> None:
    settings.PORTS_HOST = ""
    assert not is_ports_host("ports.localhost")
    assert address_of(f"p80-{MACHINE.hex}.") is None
