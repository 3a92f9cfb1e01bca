"""Push and pull by typing into `docker` machines on the real engine, as students do."""

import dataclasses
import threading
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest
from django.utils import timezone

from accounts.models import User
from checks.evidence.collector import collect
from checks.evidence.tasks import Subject
from checks.registry_image import RegistryCheck
from checks.results import evaluate_all
from operate.images import preload
from operate.images.registry import ensure_registry_image
from sandboxes.docker_events.image_tracker import ImageTracker
from sandboxes.docker_events.parser import MachineEvent
from sandboxes.engine import machine_http
from sandboxes.engine.interface import SandboxEngine
from sandboxes.machine_types.docker import DOCKER_SOCKET
from sandboxes.models import Host, Machine, Sandbox
from sandboxes.registry import services
from sandboxes.registry.engine import RegistrySpec
from sandboxes.registry.hosts import cached_registry, registry_of
from sandboxes.registry.names import key
from tests.support.checks.docker_evidence import new_check
from tests.support.machines import TypedMachine, start_typed
from tests.support.registry.upstream import end, push_upstream, source, upstream_of

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

SPEC = RegistrySpec(b"", owner_bytes=30_000_000, total_bytes=200_000_000)
PRELOADED = ("busybox", "debian", "nginx", "python")
RESTART_ENGINE = (
    "kill $(cat /run/docker.pid); until docker version > /dev/null 2>&1; do sleep 0.2; done"
)
Enter = Callable[[str], TypedMachine]


@pytest.fixture(scope="module")
def host(docker_url: str, docker_client: docker.DockerClient, installation: str) -> Iterator[Host]:
    """A host with a running registry."""
    ensure_registry_image(docker_client, installation, lambda _fraction, _text: None)
    local = Host(docker_url=docker_url)
    cached_registry.cache_clear()
    registry_of(local).ensure(dataclasses.replace(SPEC, key=key()))
    yield local
    registry_of(local).remove()


@pytest.fixture(scope="module")
def enter(host: Host, engine: SandboxEngine, need_image: Callable[[str], None]) -> Iterator[Enter]:
    """Makes the docker machine of a student of that name, as a worker hands it over."""
    need_image("docker")
    machines: list[TypedMachine] = []

    def new(name: str) -> TypedMachine:
        typed_machine = start_typed(engine, "docker")
        machines.append(typed_machine)
        user = User(pk=len(machines), username=name)
        sandbox = Sandbox(user=user, lesson_key="containers/registry", created_at=timezone.now())
        row = Machine(
            host=host,
            sandbox=sandbox,
            container_id=typed_machine.handle.container_id,
            network_id=typed_machine.handle.network_id,
        )
        services.join_machine(row)
        typed_machine.say("export PS1='$ '; stty -echo; cd /root")
        return typed_machine

    yield new
    for typed_machine in machines:
        typed_machine.typist.close()
        engine.remove_machine(typed_machine.machine_id)


@pytest.fixture(scope="module")
def ada(enter: Enter) -> TypedMachine:
    return enter("ada")


@pytest.fixture(scope="module")
def bob(enter: Enter) -> TypedMachine:
    return enter("Bob@example.org")


def image(machine: TypedMachine, name: str, megabytes: int, content: str = "") -> None:
    """Build an image of so much that does not compress."""
    machine.say(
        f"mkdir -p /root/i; head -c {megabytes}000000 /dev/urandom > /root/i/data; echo {content} "
        f"> /root/i/word"
    )
    machine.say("printf 'FROM scratch\\nCOPY data word /\\n' > /root/i/Dockerfile")
    machine.say(f"docker build -q -t {name} /root/i; rm -r /root/i")


def test_push_remove_pull_and_run(ada: TypedMachine) -> None:
    ada.say("docker tag drydock/busybox registry:5000/ada/box:1")
    assert "digest: sha256:" in ada.say("docker push registry:5000/ada/box:1")
    ada.say("docker rmi registry:5000/ada/box:1")
    assert "registry:5000/ada/box:1" in ada.say("docker pull registry:5000/ada/box:1")
    assert ada.say("docker run --rm registry:5000/ada/box:1 echo it runs") == "it runs"


def test_checks_believe_the_registry_and_no_name_in_a_machine(
    host: Host, ada: TypedMachine, bob: TypedMachine
) -> None:
    """A tag that only the machine has, or somebody else, does not pass; a pushed image does."""

    as_ada, as_bob = User(pk=1, username="ada"), User(pk=2, username="Bob@example.org")

    def findings(machine: TypedMachine, student: User) -> list[str]:
        checks = (
            new_check(RegistryCheck, id="there", repository="work", tag="1"),
            new_check(
                RegistryCheck, id="same", repository="work", tag="1", same_as="drydock/busybox"
            ),
        )
        subject = Subject(
            machine.handle.container_id, "i", machine=Machine(host=host), student=student
        )
        return [
            verdict.found
            for verdict in evaluate_all(
                checks,
                collect(
                    checks=checks,
                    subject=subject,
                    engine=machine.engine,
                ),
            )
        ]

    ada.say("docker tag drydock/busybox registry:5000/ada/work:1")
    bob.run(
        "docker tag drydock/busybox registry:5000/ada/work:1; docker push registry:5000/ada/work:1"
    )
    assert findings(ada, as_ada) == [
        "nothing there under that name",
        "nothing there under that name",
    ]
    image(ada, "registry:5000/ada/work:1", 1)
    ada.say("docker push registry:5000/ada/work:1")
    assert findings(ada, as_ada) == ["it is there", "another image under that name"]
    ada.say(
        "docker tag drydock/busybox registry:5000/ada/work:1; docker push registry:5000/ada/work:1"
    )
    assert findings(ada, as_ada) == ["it is there", "the same"]
    assert findings(bob, as_bob) == [
        "nothing there under that name",
        "nothing there under that name",
    ]
    ada.say("registry rm work")


def test_the_gate_knows_what_a_push_sent(host: Host, ada: TypedMachine) -> None:
    def push(tag: str) -> list[str]:
        image(ada, f"registry:5000/ada/sent:{tag}", 0, tag)
        ada.say(f"docker push -q registry:5000/ada/sent:{tag}")
        last = registry_of(host).ask("/pushes?owner=ada")["pushes"][0]
        assert (last["repository"], last["reference"]) == ("ada/sent", tag)
        assert last["config"] == ada.say(
            f"docker inspect -f '{{{{.Id}}}}' registry:5000/ada/sent:{tag}"
        )
        return [layer["how"] for layer in last["layers"]]

    assert push("1") == ["sent"]
    ada.say("docker tag registry:5000/ada/sent:1 registry:5000/ada/elsewhere:1")
    ada.say("docker push -q registry:5000/ada/elsewhere:1")
    elsewhere = registry_of(host).ask("/pushes?owner=ada")["pushes"][0]["layers"]
    assert [(layer["how"], layer["source"]) for layer in elsewhere] == [("mounted", "ada/sent")]
    assert push("2") == ["sent"]
    ada.say("docker push -q registry:5000/ada/sent:2")
    again = registry_of(host).ask("/pushes?owner=ada")["pushes"][0]["layers"]
    assert [layer["how"] for layer in again] == ["had"]
    assert again[0]["bytes"] > 0
    ada.say("registry rm sent; registry rm elsewhere")


def test_two_students_push_the_same_name_and_each_gets_their_own(
    ada: TypedMachine, bob: TypedMachine
) -> None:
    for machine, owner in ((ada, "ada"), (bob, "bob-example-org-u2")):
        image(machine, f"registry:5000/{owner}/same", 1)
        assert "digest: sha256:" in machine.say(f"docker push registry:5000/{owner}/same")
    own_id = ada.say("docker inspect -f '{{.Id}}' registry:5000/ada/same")
    bob.say("docker pull -q registry:5000/ada/same")
    assert bob.say("docker inspect -f '{{.Id}}' registry:5000/ada/same") == own_id, (
        "from the same course"
    )
    assert bob.say("docker inspect -f '{{.Id}}' registry:5000/bob-example-org-u2/same") != own_id


def test_docker_prints_why_a_push_to_another_students_name_is_refused(
    ada: TypedMachine, bob: TypedMachine
) -> None:
    bob.say("docker tag drydock/busybox registry:5000/ada/box:1")
    code, output = bob.run("docker push registry:5000/ada/box:1")
    assert "denied: you may push only below registry:5000/bob-example-org-u2/" in output
    assert code == 1


def test_the_command_lists_says_the_name_and_deletes(bob: TypedMachine) -> None:
    bob.say("docker tag drydock/busybox registry:5000/bob-example-org-u2/gone:1")
    bob.say("docker push registry:5000/bob-example-org-u2/gone:1")
    listing = bob.say("registry")
    assert "registry:5000/bob-example-org-u2/gone:1" in listing
    assert "of 30 MB used" in listing
    assert "Your name here is bob-example-org-u2" in listing
    assert "deleted" in bob.say("registry rm gone:1")
    assert "gone" not in bob.say("registry ls")
    code, output = bob.run("registry rm gone:1")
    assert code != 0
    assert "there is no gone:1" in output
    code, output = bob.run("docker pull registry:5000/bob-example-org-u2/gone:1")
    assert code != 0
    assert "not found" in output
    assert bob.run("registry nonsense")[0] == 2


def test_a_push_over_the_quota_leaves_nothing_behind_and_deleting_helps(bob: TypedMachine) -> None:
    name = "registry:5000/bob-example-org-u2"
    image(bob, f"{name}/one", 20)
    image(bob, f"{name}/two", 20)
    assert "digest:" in bob.say(f"docker push {name}/one")
    code, output = bob.run(f"docker push {name}/two")
    assert code == 1
    assert "denied: with this image yours would take" in output
    assert "registry rm NAME:TAG" in output
    assert "two" not in bob.say("registry ls")
    bob.say("registry rm one")
    assert "digest:" in bob.say(f"docker push {name}/two")
    bob.say("registry rm two")


def test_a_push_goes_on_over_a_restart_of_the_registry(
    ada: TypedMachine, docker_client: docker.DockerClient, installation: str
) -> None:
    image(ada, "registry:5000/ada/slow", 25)
    core = docker_client.containers.get(f"{installation}-registry")
    killed: list[int] = []
    kill = ["sh", "-c", "kill -9 $(pidof docker-registry)"]
    timer = threading.Timer(0.4, lambda: killed.append(core.exec_run(kill).exit_code))
    timer.start()
    assert "digest: sha256:" in ada.say("docker push registry:5000/ada/slow", seconds=120)
    timer.join()
    assert killed == [0], "it was killed, and the container with it"
    ada.say("docker rmi registry:5000/ada/slow")
    assert "Status: Downloaded" in ada.say("docker pull registry:5000/ada/slow")
    ada.say("registry rm slow")


def test_pull_of_docker_hubs_images_goes_through_the_cache(
    ada: TypedMachine,
    bob: TypedMachine,
    host: Host,
    docker_client: docker.DockerClient,
    installation: str,
    settings: Any,
) -> None:
    """`docker pull nginx` goes through the mirror, where there is one."""
    registry = registry_of(host)
    with upstream_of(registry, docker_client, installation) as upstream:
        push_upstream(upstream, "push_image", "library/nginx", "latest", "from the hub")
        settings.REGISTRY_MIRROR = source(upstream)
        registry.ensure(dataclasses.replace(SPEC, key=key(), mirror_of=settings.REGISTRY_MIRROR))
        for machine in (ada, bob):
            preload.configure(docker_client.containers.get(machine.handle.container_id))
            machine.say(RESTART_ENGINE)
        ada.say(
            "until curl -fs http://registry:5001/v2/ > /dev/null; do sleep 0.2; done"
        )  # it may be starting yet
        pull = "timeout 40 docker pull nginx"
        ada.say(pull)
        end(upstream)
        images = ImageTracker(
            lambda path: machine_http.request(
                bob.engine, bob.handle.container_id, DOCKER_SOCKET, path
            ).json()
        )
        assert "Downloaded newer image for nginx:latest" in bob.say(pull)
    log_lines = list(
        images.explain(MachineEvent("image-pulled", "", nested=True, subject="nginx:latest"), "")
    )
    assert [event.kind for event in log_lines] == ["layer-pulled", "image-pulled"]
    assert bob.say("docker images -q nginx") == ada.say("docker images -q nginx")
    registry.ensure(dataclasses.replace(SPEC, key=key()))


def test_preloaded_images_are_pulled_again_after_everything_was_removed(
    host: Host, enter: Enter, docker_client: docker.DockerClient, installation: str
) -> None:
    core = docker_client.containers.get(f"{installation}-registry")
    emptied = ["sh", "-c", "rm -r /var/lib/registry/docker"]
    eve = enter("eve")
    before = {name: eve.say(f"docker images -q drydock/{name}") for name in PRELOADED}
    assert all(before.values()), before
    assert "registry:5000/library" not in eve.run("docker pull no-such-image")[1]
    eve.say("docker system prune -af")
    assert eve.say("docker images -q") == ""
    for _ in range(2):  # the second time in a registry that was emptied
        services.fill_library(host)
        for name in PRELOADED:
            eve.say(f"docker pull -q registry:5000/library/{name}", seconds=120)
            assert eve.say(f"docker images -q registry:5000/library/{name}") == before[name]
        assert (
            eve.say("docker run --rm registry:5000/library/python python -c 'print(6*7)'") == "42"
        )
        refused = eve.run(
            "docker tag registry:5000/library/busybox registry:5000/library/nginx; "
            "docker push registry:5000/library/nginx"
        )[1]
        assert "denied: you may push only below registry:5000/eve/" in refused
        assert "0.0 of 30 MB used" in eve.say("registry ls")
        eve.say("docker system prune -af")
        assert core.exec_run(emptied).exit_code == 0


def test_usual_names_are_pulled_again_where_the_operator_allows_them(
    host: Host, enter: Enter, docker_client: docker.DockerClient, settings: Any
) -> None:
    services.fill_library(host)
    eve = enter("eva")
    settings.PRELOADED_USUAL_NAMES = True
    preload.configure(docker_client.containers.get(eve.handle.container_id))
    eve.say(RESTART_ENGINE)
    before = eve.say("docker images -q drydock/busybox")
    eve.say("docker system prune -af")
    assert eve.say("docker run --rm busybox echo it runs").splitlines()[-1] == "it runs"
    assert eve.say("docker images -q busybox") == before
    code, output = eve.run("docker pull no-such-image")
    assert code == 1
    assert "There is no way out of this machine" in output
    assert "docker pull registry:5000/library/NAME" in output
    for path in ("ada/box/manifests/1", "_catalog", "library/../ada/box/manifests/1"):
        asked = f"curl -s --path-as-is -o /dev/null -w '%{{http_code}}' registry:5002/v2/{path}"
        assert eve.say(asked) == "404"
    asked = "curl -s -o /dev/null -w '%{http_code}' -X DELETE registry:5002/v2/"
    assert eve.say(f"{asked}library/nginx/manifests/latest") == "403"


def test_the_library_is_filled_once_for_each_image(
    host: Host, need_image: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    need_image("docker")
    services.fill_library(host)
    fills: list[object] = []
    monkeypatch.setattr(registry_of(host), "fill", lambda *arguments: fills.append(arguments))
    services.fill_library(host)
    assert fills == []
