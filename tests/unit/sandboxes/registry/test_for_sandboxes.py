"""What workers do about the registry when sandboxes come and users go."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from runtime.registry.tokens import from_basic
from sandboxes import lifecycle
from sandboxes.engine.facts import ImageFact
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.errors import EngineError, EngineUnavailable, ImageMissing
from sandboxes.models import Host, Sandbox
from sandboxes.registry import hosts, services
from sandboxes.registry.library import LIBRARY_ADDRESS
from sandboxes.registry.names import key, password, registry_name
from tests.support.factories import HostFactory, UserFactory

LESSON = "vms-and-containers/registry"


@pytest.fixture
def registry(fake: FakeEngine) -> Iterator[Any]:
    hosts.cached_registry.cache_clear()
    yield hosts.registry_of(Host.objects.get())
    hosts.cached_registry.cache_clear()


@pytest.fixture(autouse=True)
def docker_image(fake: FakeEngine) -> None:
    fake.images["drydock/docker:latest"] = fake.images["drydock/linux:latest"]
    fake.answers["/run/docker.sock"] = b"HTTP/1.0 200 OK\r\n\r\nOK"


def ready(user, worker, kind="docker"):
    machines = [{"name": "box", "kind": kind}]
    sandbox = lifecycle.request_sandbox(user=user, lesson_key=LESSON, machines=machines)
    worker.drain()
    sandbox.refresh_from_db()
    assert sandbox.state == Sandbox.State.READY, sandbox.reason
    return sandbox


def config_of(registry, sandbox):
    machine = sandbox.machines.get()
    return json.loads(registry.files[machine.container_id][services.DOCKER_CONFIG][0])


def test_a_docker_machine_gets_a_password_and_the_registry_in_its_network(
    registry, worker, student
):
    sandbox = ready(student, worker)
    assert registry.networks == {sandbox.machines.get().network_id}
    auth = config_of(registry, sandbox)["auths"]["registry:5000"]["auth"]
    claims = from_basic(f"Basic {auth}", key())
    assert claims is not None
    assert (claims.name, claims.course, claims.teaches) == ("student", "vms-and-containers", False)
    command, mode = registry.files[sandbox.machines.get().container_id][services.COMMAND]
    assert auth.encode() in command
    assert mode == 0o700


def test_a_linux_machine_has_no_way_to_the_registry(registry, worker, student):
    ready(student, worker, kind="linux")
    assert registry.networks == set()
    assert registry.files == {}


def test_nothing_is_done_where_it_is_turned_off(registry, worker, student, settings):
    settings.REGISTRY = False
    ready(student, worker)
    services.mend_registries()
    services.clean_registries()
    assert (registry.networks, registry.spec, registry.queries) == (set(), None, [])


def test_docker_settings_of_the_student_are_kept(registry, fake, worker, student):
    sandbox = ready(student, worker)
    machine = sandbox.machines.get()
    own = {
        "detachKeys": "ctrl-q",
        "auths": {"registry:5000": {"auth": "old"}, "example.org": {"auth": "mine"}},
    }
    fake.machines[str(machine.pk)].files[services.DOCKER_CONFIG] = json.dumps(own).encode()
    services.join_sandbox(sandbox)
    config = config_of(registry, sandbox)
    assert config["detachKeys"] == "ctrl-q"
    assert config["auths"]["example.org"] == {"auth": "mine"}
    assert config["auths"]["registry:5000"]["auth"] != "old"


@pytest.mark.parametrize("content", [b"not json", b"[1]", b"\xff\xfe", b'{"auths": 3}'])
def test_settings_that_make_no_sense_do_not_stop_it(registry, fake, worker, student, content):
    sandbox = ready(student, worker)
    fake.machines[str(sandbox.machines.get().pk)].files[services.DOCKER_CONFIG] = content
    services.join_sandbox(sandbox)
    assert list(config_of(registry, sandbox)["auths"]) == ["registry:5000"]


def test_a_library_is_filled_once_for_each_image(registry, fake):
    services.fill_libraries()
    services.fill_libraries()
    first = fake.images["drydock/docker:latest"].id
    assert [image for image, _ in registry.fills] == [first]
    config = json.loads(registry.fills[0][1][services.DOCKER_CONFIG][0])
    claims = from_basic(f"Basic {config['auths'][LIBRARY_ADDRESS]['auth']}", key())
    assert claims is not None
    assert (claims.name, claims.teaches) == ("library", False)
    fake.images["drydock/docker:latest"] = ImageFact("sha256:docker-2", 300)
    services.fill_libraries()
    assert [image for image, _ in registry.fills] == [first, "sha256:docker-2"]


def test_an_emptied_registry_is_filled_again(registry):
    services.fill_libraries()
    registry.images.clear()
    services.fill_libraries()
    assert len(registry.fills) == 2


def test_a_fill_that_failed_is_not_tried_again_at_once(registry, monkeypatch):
    tried: list[str] = []

    def fail(image, mark, files):
        tried.append(image)
        raise EngineError("no space left on device")

    monkeypatch.setattr(registry, "fill", fail)
    services.fill_libraries()
    services.fill_libraries()
    assert len(tried) == 1


def test_no_library_without_a_registry_or_before_its_image(registry, fake, settings):
    del fake.images["drydock/docker:latest"]
    services.fill_libraries()
    settings.REGISTRY = False
    services.fill_libraries()
    assert registry.fills == []


def test_a_machine_learns_of_the_library_only_where_it_is_filled(registry, worker, student):
    sandbox = ready(student, worker)
    files = registry.files[sandbox.machines.get().container_id]
    assert services.LIBRARY_NOTE not in files
    services.fill_libraries()
    services.join_sandbox(sandbox)
    assert services.LIBRARY_NOTE in files


def test_a_lost_task_is_found_by_beat(registry, worker, student):
    sandbox = ready(student, worker)
    registry.networks.clear()
    registry.files.clear()
    services.mend_registries()
    assert registry.networks == {sandbox.machines.get().network_id}
    assert config_of(registry, sandbox)
    assert registry.spec == hosts.registry_spec()


def test_a_host_without_the_image_or_the_engine_does_not_keep_others_from_being_mended(
    registry, worker, student, monkeypatch
):
    sandbox = ready(student, worker)
    registry.networks.clear()
    for number, error in enumerate((ImageMissing("registry"), EngineUnavailable("away"))):
        HostFactory(name=f"a{number}", docker_url=f"fake://other-{number}")

        def refuse(spec, error=error):
            raise error

        monkeypatch.setattr(
            hosts.registry_of(Host.objects.get(name=f"a{number}")), "ensure", refuse
        )
    services.mend_registries()
    assert registry.networks == {sandbox.machines.get().network_id}


def test_what_a_student_pushed_goes_with_the_student(registry, worker, student, other_student):
    registry.owners = ["student", "another"]
    student.delete()
    worker.drain()
    assert registry.owners == ["another"]
    assert registry.queries[-1] == "/collect"


def test_every_user_has_a_name_of_their_own_that_the_registry_takes(transactional_db):
    names = [
        "ada",
        "Ada",
        "ADA",
        "ada-u2",
        "ada-u3",
        "course",
        "library",
        "ö",
        "a..b",
        "-x-",
        "a@b.c",
        "x" * 150,
    ]
    users = [UserFactory(username=name) for name in names]
    names = [registry_name(user) for user in users]
    assert len(set(names)) == len(names)
    assert names[0] == "ada"
    for name in names:
        assert services_take(name), name
        assert len(name) < 100
    assert "course" not in names
    assert "library" not in names


def services_take(name):
    from runtime.registry.rules import route

    target = route(f"/v2/{name}/app/manifests/1")
    return target is not None and target.owner == name


def test_a_password_outlives_the_longest_sandbox_but_not_by_much(
    registry, worker, student, settings
):
    sandbox = ready(student, worker)
    auth = base64.b64encode(f"student:{password(sandbox)}".encode()).decode()
    claims = from_basic(f"Basic {auth}", key())
    assert claims is not None
    life = claims.until - sandbox.created_at.timestamp()
    assert (
        settings.SANDBOX_LIFETIME_MAX_MINUTES * 60
        < life
        < settings.SANDBOX_LIFETIME_MAX_MINUTES * 60 + 7200
    )
