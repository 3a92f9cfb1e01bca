"""Ask a real engine's registry over HTTP, as Docker does, from sandboxes' networks."""

import dataclasses
import json

import docker
import pytest

from sandboxes.registry.engine import DockerRegistry
from tests.support.registry.students import MEGABYTE, SPEC, Enter, core
from tests.support.waiting import wait_for


def age(client: docker.DockerClient, installation: str) -> None:
    """Let hours pass for everything that the registry has on its disk."""
    script = (
        "import os;[os.utime(os.path.join(d,f),(1,1)) "
        "for d,_,fs in os.walk('/var/lib/registry') for f in fs]"
    )
    assert core(client, installation).exec_run(["python3", "-c", script]).exit_code == 0


def test_two_students_push_the_same_name_without_meeting(enter: Enter) -> None:
    ada, bob = enter("ada"), enter("bob")
    assert ada.push(f"{ada.name}/app:1", seed="one")["status"] == 201
    assert bob.push(f"{bob.name}/app:1", seed="two")["status"] == 201
    first, second = ada.pull(f"{ada.name}/app:1"), bob.pull(f"{bob.name}/app:1")
    assert first["status"] == second["status"] == 200
    assert first["layer"] == first["digest"].removeprefix("sha256:")
    assert first["layer"] != second["layer"]


def test_pushing_to_another_students_name_is_refused_in_words(enter: Enter) -> None:
    ada, bob = enter("ada"), enter("bob")
    ada.push(f"{ada.name}/app:1", seed="one")
    before = ada.pull(f"{ada.name}/app:1")
    refused = bob.push(f"{ada.name}/app:1", seed="two")
    assert refused["status"] == 403
    error = json.loads(refused["said"])["errors"][0]
    assert error["code"] == "DENIED"
    assert f"only below registry:5000/{bob.name}/" in error["message"]
    assert bob.ask("DELETE", f"/v2/{ada.name}/app/manifests/1")["status"] == 403
    assert ada.pull(f"{ada.name}/app:1") == before


def test_students_of_a_course_pull_from_each_other_and_from_the_instructor(enter: Enter) -> None:
    ada, bob, eve, tina = (
        enter("ada"),
        enter("bob"),
        enter("eve", "other"),
        enter("tina", "other", teaches=True),
    )
    ada.push(f"{ada.name}/app:1")
    tina.push(f"course/{tina.name}:1")
    assert bob.pull(f"{ada.name}/app:1")["status"] == 200
    assert eve.pull(f"{ada.name}/app:1")["status"] == 403
    assert tina.pull(f"{ada.name}/app:1")["status"] == 200
    assert eve.pull(f"course/{tina.name}:1")["status"] == 200
    repositories = json.loads(eve.ask("GET", "/v2/_catalog")["said"])["repositories"]
    assert f"course/{tina.name}" in repositories
    assert f"{ada.name}/app" not in repositories


def test_nobody_gets_in_without_a_password_of_the_platforms(enter: Enter) -> None:
    ada = enter("ada")
    assert ada.ask("GET", "/v2/")["status"] == 200
    for password in ("", "guess", "a.b"):
        ada.password = password
        answer = ada.ask("GET", "/v2/")
        assert answer["status"] == 401
        assert answer["headers"]["WWW-Authenticate"].startswith("Basic ")
        assert ada.ask("GET", "/me")["status"] == 401


def test_a_push_over_the_quota_is_refused_and_says_what_to_do(
    enter: Enter, registry: DockerRegistry
) -> None:
    ada, bob = enter("ada"), enter("bob")
    assert ada.push(f"{ada.name}/app:1", 3)["status"] == 201
    refused = ada.push(f"{ada.name}/app:2", 3)
    assert refused["status"] == 403
    message = json.loads(refused["said"])["errors"][0]["message"]
    assert "you have 5 MB" in message
    assert "registry rm" in message
    assert ada.pull(f"{ada.name}/app:2")["status"] == 404
    assert bob.push(f"{bob.name}/app:1", 3)["status"] == 201, "another's quota is another's"
    assert ada.ask("POST", "/me/delete?image=app:1")["status"] == 200
    assert ada.push(f"{ada.name}/app:2", 3)["status"] == 201
    listing = ada.ask("GET", "/me")["said"]
    assert f"registry:5000/{ada.name}/app:2" in listing
    assert "app:1" not in listing
    assert registry.ask(f"/usage?owner={ada.name}")["used"] < 4 * MEGABYTE


def test_a_layer_larger_than_the_quota_is_stopped_on_the_way(
    enter: Enter, registry: DockerRegistry
) -> None:
    ada = enter("ada")
    refused = ada.push(f"{ada.name}/app:1", 20)
    assert refused["status"] == 403
    assert "larger than all the space" in refused["said"]


def test_collecting_frees_what_was_deleted_and_nothing_else(
    enter: Enter, registry: DockerRegistry, docker_client: docker.DockerClient, installation: str
) -> None:
    ada = enter("ada")
    ada.push(f"{ada.name}/keep:1", 1)
    ada.push(f"{ada.name}/drop:1", 2)
    age(docker_client, installation)
    before = registry.ask("/collect")["total"]
    assert ada.ask("DELETE", f"/v2/{ada.name}/drop/manifests/1")["status"] == 202
    age(docker_client, installation)
    after = registry.ask("/collect")
    assert 2 * MEGABYTE <= after["freed"] < 2.2 * MEGABYTE
    assert after["total"] == before - after["freed"]
    assert ada.pull(f"{ada.name}/keep:1")["status"] == 200
    assert ada.pull(f"{ada.name}/drop:1")["status"] == 404
    assert ada.push(f"{ada.name}/drop:1", 2)["status"] == 201, (
        "what was collected can be pushed again"
    )


def test_everything_of_a_student_who_leaves_goes(
    enter: Enter, registry: DockerRegistry, docker_client: docker.DockerClient, installation: str
) -> None:
    ada, bob = enter("ada"), enter("bob")
    ada.push(f"{ada.name}/app:1", 1)
    bob.push(f"{bob.name}/app:1", 1)
    registry.ask(f"/forget?owner={ada.name}")
    assert {ada.name, bob.name} & set(registry.ask("/owners")["owners"]) == {bob.name}
    assert ada.pull(f"{ada.name}/app:1")["status"] == 404
    age(docker_client, installation)
    assert registry.ask("/collect")["freed"] >= MEGABYTE
    assert bob.pull(f"{bob.name}/app:1")["status"] == 200


@pytest.mark.parametrize("part", ["", "-front-0"])
def test_a_part_that_was_killed_is_repaired_with_all_that_was_pushed(
    enter: Enter,
    registry: DockerRegistry,
    docker_client: docker.DockerClient,
    installation: str,
    part: str,
) -> None:
    ada = enter("ada")
    pushed = ada.push(f"{ada.name}/app:1", 1)
    for end in (lambda container: container.kill(), lambda container: container.remove(force=True)):
        end(docker_client.containers.get(f"{installation}-registry{part}"))
        registry.ensure(SPEC)
        registry.join(ada.handle.network_id)
        registry.ask("/owners")
        assert ada.pull(f"{ada.name}/app:1")["digest"], pushed


def test_a_program_that_ends_in_the_core_comes_back_by_itself(
    enter: Enter, registry: DockerRegistry, docker_client: docker.DockerClient, installation: str
) -> None:
    ada = enter("ada")
    ada.push(f"{ada.name}/app:1")
    before = core(docker_client, installation)
    assert before.exec_run(["sh", "-c", "kill -9 $(pidof docker-registry)"]).exit_code == 0
    started = before.attrs["State"]["StartedAt"]
    wait_for(
        lambda: core(docker_client, installation).attrs["State"]["StartedAt"] != started,
        "a new start of the core",
    )
    wait_for(
        lambda: (
            ada.ask("GET", "/v2/")["status"] == 200
            and ada.pull(f"{ada.name}/app:1")["status"] == 200
        ),
        "a pull from the new core",
    )


def test_other_bounds_replace_the_core_and_keep_the_images(
    enter: Enter, registry: DockerRegistry
) -> None:
    ada = enter("ada")
    ada.push(f"{ada.name}/app:1", 3)
    registry.ensure(dataclasses.replace(SPEC, owner_bytes=8_000_000))
    registry.ask("/owners")
    assert ada.push(f"{ada.name}/app:2", 4)["status"] == 201
    registry.ensure(SPEC)
    registry.ask("/owners")


def test_ensuring_what_is_there_changes_nothing(
    registry: DockerRegistry, docker_client: docker.DockerClient, installation: str
) -> None:
    before = core(docker_client, installation).attrs["State"]["StartedAt"]
    registry.ensure(SPEC)
    assert core(docker_client, installation).attrs["State"]["StartedAt"] == before
