"""A `linux` machine reaches nothing.

Not the outside, not the host, not another machine, not a name server.
"""

import socket
import threading
import time

import pytest

from tests.support.machines import BUSYBOX, RealMachine

pytestmark = pytest.mark.engine


def test_no_route_out(shared_machine: RealMachine) -> None:
    for address in ("1.1.1.1", "169.254.169.254", "10.0.0.1"):
        assert (
            shared_machine.run(f"{BUSYBOX} timeout 2 {BUSYBOX} nc {address} 80 </dev/null")[0] != 0
        )


def test_no_way_to_the_host(shared_machine: RealMachine) -> None:
    """A service on all of the host's addresses is not to be had.

    Not at the bridge's gateway, nor at the host's own.
    """
    with socket.create_server(("0.0.0.0", 0)) as listener:
        port = listener.getsockname()[1]
        subnet = shared_machine.say("ip -4 -o addr show scope global | awk '{print $4}'")
        assert subnet
        base, last = subnet.split("/")[0].rsplit(".", 1)
        addresses = {f"{base}.{int(last) - 1}", *_host_addresses()}
        for address in addresses:
            code, output = shared_machine.run(
                f"{BUSYBOX} timeout 2 {BUSYBOX} nc {address} {port} </dev/null"
            )
            assert code != 0, (address, output)


def _host_addresses() -> set[str]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return set()
        return {probe.getsockname()[0]}


def test_no_way_to_another_machine(shared_machine: RealMachine, box: RealMachine) -> None:
    address = box.say("ip -4 -o addr show scope global | awk '{print $4}'").split("/")[0]
    listening = threading.Thread(target=box.run, args=(f"timeout 6 {BUSYBOX} nc -l -p 7777",))
    listening.start()
    time.sleep(0.5)
    assert box.run(f"{BUSYBOX} timeout 1 {BUSYBOX} nc 127.0.0.1 9")[0] != 0
    assert shared_machine.run(f"{BUSYBOX} timeout 2 {BUSYBOX} nc {address} 7777 </dev/null")[0] != 0
    listening.join()


def test_no_names_are_resolved(shared_machine: RealMachine) -> None:
    assert shared_machine.say("grep nameserver /etc/resolv.conf") in (
        "nameserver 127.0.0.1",
        "nameserver 127.0.0.11",
    )
    assert shared_machine.run("timeout 3 getent hosts debian.org")[0] != 0
