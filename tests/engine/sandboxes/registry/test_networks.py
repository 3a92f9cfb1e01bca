"""What the registry opens between sandboxes, and to them: nothing but itself."""

import time

import docker
import pytest

from sandboxes.engine.interface import SandboxEngine
from sandboxes.registry import engine as registry_engine
from sandboxes.registry.engine import DockerRegistry
from tests.support.registry.students import SPEC, Enter, Student, core
from tests.support.waiting import wait_for


def address(student: Student) -> str:
    student.container.reload()
    (network,) = student.container.attrs["NetworkSettings"]["Networks"].values()
    return str(network["IPAddress"])


def connect(student: Student, host: str, port: int) -> str:
    """ "open", or why not."""
    script = (
        "import socket,sys\n"
        "try:\n socket.create_connection((sys.argv[1], int(sys.argv[2])), 2).close(); "
        "print('open')\n"
        "except OSError as error: print(repr(error))"
    )
    return str(
        student.container.exec_run(["python3", "-c", script, host, str(port)])
        .output.decode()
        .strip()
    )


ROUTE = """
import socket, struct, fcntl, sys
def sockaddr(ip): return struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(ip))
net, gateway = sys.argv[1:]
mask = sockaddr("255.255.255.255")
entry = struct.pack("L16s16s16sH", 0, sockaddr(net), sockaddr(gateway), mask, 0x0007)
entry += b"\\0" * (struct.calcsize("L16s16s16sHhLPhPLLH") + 32 - len(entry))
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x890B, entry)
print("routed")
"""


def test_the_registry_is_no_way_from_one_student_to_another(
    enter: Enter, docker_client: docker.DockerClient, installation: str
) -> None:
    ada, bob = enter("ada"), enter("bob")
    serve = (
        "from http.server import HTTPServer, SimpleHTTPRequestHandler; "
        "HTTPServer(('', 8080), SimpleHTTPRequestHandler).serve_forever()"
    )
    bob.container.exec_run(["python3", "-c", serve], detach=True)
    time.sleep(0.5)
    assert connect(bob, address(bob), 8080) == "open"
    front = str(ada.container.exec_run(["getent", "hosts", "registry"]).output.split()[0].decode())
    routed = ada.container.exec_run(["python3", "-c", ROUTE, address(bob), front])
    assert routed.output.decode().strip() == "routed", (
        "a student with NET_ADMIN sends it through the forwarder"
    )
    assert connect(ada, front, 5000) == "open"
    assert connect(ada, address(bob), 8080) != "open"
    forwards = docker_client.containers.get(f"{installation}-registry-front-0").exec_run(
        ["cat", "/proc/sys/net/ipv4/ip_forward"]
    )
    assert forwards.output.strip() == b"0"


def test_nothing_but_registry_mirror_and_library_is_open_to_students(enter: Enter) -> None:
    ada = enter("ada")
    script = (
        "import socket\n"
        "def is_open(port):\n"
        " with socket.socket() as one: one.settimeout(1); return one.connect_ex(('registry', "
        "port)) == 0\n"
        "print([port for port in range(1, 65536) if is_open(port)])"
    )
    ports = ada.container.exec_run(["python3", "-c", script]).output.decode().strip()
    assert ports == "[5000, 5001, 5002]"


def test_a_machine_that_holds_many_connections_keeps_nobody_else_out(enter: Enter) -> None:
    ada, bob = enter("ada"), enter("bob")
    script = (
        "import socket, time\n"
        "kept = [socket.create_connection(('registry', 5000)) for _ in range(900)]\n"
        "time.sleep(1)\n"
        "def ended(one):\n"
        " one.setblocking(False)\n"
        " try: return one.recv(1) == b''\n"
        " except BlockingIOError: return False\n"
        " except OSError: return True\n"
        "open('/tmp/kept', 'w').write(str(len(kept) - sum(map(ended, kept))))\n"
        "time.sleep(60)"
    )
    ada.container.exec_run(["python3", "-c", script], detach=True)
    finished = wait_for(
        lambda: (
            (result := ada.container.exec_run(["cat", "/tmp/kept"])).exit_code == 0
            and result.output
        ),
        "a count of the connections",
    )
    assert 0 < int(finished) <= 32
    assert bob.push(f"{bob.name}/app:1")["status"] == 201


def test_a_sandbox_that_does_not_ask_for_it_has_no_registry(enter: Enter) -> None:
    enter("ada")
    outsider = enter("bob", joined=False)
    assert connect(outsider, "registry", 5000) != "open"


def test_the_core_has_no_network_and_neither_part_any_power(
    enter: Enter, docker_client: docker.DockerClient, installation: str
) -> None:
    enter("ada")
    assert core(docker_client, installation).attrs["HostConfig"]["NetworkMode"] == "none"
    for part in ("", "-front-0"):
        part_container = docker_client.containers.get(f"{installation}-registry{part}")
        host = part_container.attrs["HostConfig"]
        assert (host["CapDrop"], host["CapAdd"], host["ReadonlyRootfs"]) == (["ALL"], None, True)
        assert host["Privileged"] is False
        assert part_container.exec_run(["id", "-u"]).output.strip() != b"0"


def test_a_front_takes_so_many_networks_and_then_there_is_another(
    enter: Enter,
    registry: DockerRegistry,
    docker_client: docker.DockerClient,
    installation: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(registry_engine, "FRONT_NETWORKS", 2)
    students = [enter("ada") for _ in range(3)]
    assert registry.joined() >= {student.handle.network_id for student in students}
    assert all(student.ask("GET", "/v2/")["status"] == 200 for student in students)
    fronts = docker_client.containers.list(filters={"name": f"{installation}-registry-front-"})
    assert len(fronts) >= 2


def test_fronts_that_nobody_needs_go(
    enter: Enter,
    registry: DockerRegistry,
    engine: SandboxEngine,
    docker_client: docker.DockerClient,
    installation: str,
) -> None:
    for network in docker_client.networks.list(
        filters={"label": f"drydock.installation={installation}"}
    ):
        pytest.fail(f"another test left {network.name}")
    registry.ensure(SPEC)
    assert (
        docker_client.containers.list(all=True, filters={"name": f"{installation}-registry-front-"})
        == []
    )
    assert registry.joined() == set()
    assert enter("ada").ask("GET", "/v2/")["status"] == 200
