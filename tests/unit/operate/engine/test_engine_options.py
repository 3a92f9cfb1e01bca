"""The private engine's configuration holds every protection that SANDBOX facts call for."""

import tomllib
from pathlib import Path

import pytest

from operate.engine.private_engine import containerd_options, daemon_options
from operate.stack.layout import Layout


@pytest.fixture
def layout() -> Layout:
    return Layout(Path("/srv/drydock/var"))


def test_protections_are_on(layout):
    options = daemon_options(layout, bounded=True, pool="10.214.0.0/16")
    expected = {
        "icc": False,
        "live-restore": True,
        "no-new-privileges": True,
        "userland-proxy": False,
    }
    assert {name: options[name] for name in expected} == expected
    assert options["userns-remap"] not in ("", "root", "default")
    assert options["log-opts"]["max-size"]


def test_everything_lies_below_var(layout):
    options = daemon_options(layout, bounded=True, pool="10.214.0.0/16")
    paths = [
        options[name] for name in ("data-root", "exec-root", "pidfile", "containerd")
    ] + options["hosts"]
    assert all("/srv/drydock/var/engine/" in path for path in paths)


def test_without_btrfs_the_engine_still_works(layout):
    assert (
        daemon_options(layout, bounded=False, pool="10.214.0.0/16")["storage-driver"] == "overlay2"
    )


def test_containerd_has_its_own_socket_and_data(layout):
    options = tomllib.loads(containerd_options(layout))
    assert options["grpc"]["address"] == str(layout.containerd_socket)
    assert Path(options["root"]).is_relative_to(layout.engine_data)
