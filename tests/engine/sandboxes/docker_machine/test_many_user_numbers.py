"""Files and containers may belong to any user number that images use (moby#43576)."""

import pytest

from tests.support.machines import TypedMachine

pytestmark = pytest.mark.engine

# What a tarball of a large company's build server has for an owner.
LARGE = 718322462


@pytest.fixture(autouse=True)
def _needs_many_numbers(machine: TypedMachine) -> None:
    """Skip on an engine that somebody else has set up with the usual 65,536 numbers."""
    size = int(machine.say("awk '{print $3}' /proc/self/uid_map").strip())
    if size <= LARGE:
        pytest.skip(f"this engine maps {size} user numbers")


def test_file_may_belong_to_a_large_number(machine: TypedMachine) -> None:
    command = f"touch /root/mine && chown {LARGE}:200000 /root/mine && stat -c '%u %g' /root/mine"
    assert machine.say(f"{command}; rm /root/mine").strip() == f"{LARGE} 200000"


def test_container_may_run_as_a_large_number(machine: TypedMachine) -> None:
    assert machine.say("docker run --rm -u 100000 drydock/busybox id -u").strip() == "100000"


def test_image_may_hold_files_of_a_large_number(machine: TypedMachine) -> None:
    archive = f"tar -C /etc --owner={LARGE} --group={LARGE} -c hostname"
    machine.say(f"{archive} | docker import - owned && docker create --name owned-files owned true")
    listing = machine.say("docker export owned-files | tar -tv --numeric-owner hostname")
    machine.say("docker rm owned-files; docker rmi owned")
    assert f"{LARGE}/{LARGE}" in listing
