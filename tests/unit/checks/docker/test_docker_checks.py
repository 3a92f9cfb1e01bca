"""Checks of what a machine's Docker engine has: each thing that is asked, held and missed."""

from fractions import Fraction
from typing import Any

import pytest

from checks.docker.compose import ComposeCheck
from checks.docker.container import ContainerCheck
from checks.docker.image import ImageCheck
from checks.docker.network import NetworkCheck
from checks.docker.volume import VolumeCheck
from checks.evidence.docker_schema import EngineEvidence, MountEvidence, RegistryEvidence
from checks.history import HistoryCheck
from checks.registry_image import RegistryCheck
from checks.results import evaluate
from core.specs.outcomes import EvidenceMissing
from tests.support.checks.docker_evidence import (
    APP,
    OPENED,
    base_seen,
    container_seen,
    docker,
    event,
    image_seen,
    listed,
    network_seen,
    new_check,
)

IMAGES = {"app:1": image_seen(), "base": base_seen(), "gone": None}


def evaluated(check, observed):
    return check.evaluate(observed)


def container(observed=None, **fields: Any):
    container_evidence = None if observed is False else container_seen(**(observed or {}))
    return evaluated(
        new_check(ContainerCheck, name="web", **fields),
        docker(container={"web": container_evidence}, image=IMAGES),
    )


def image(observed=None, **fields: Any):
    image_evidence = {
        "app:1": None if observed is False else image_seen(**(observed or {})),
        "base": base_seen(),
        "gone": None,
    }
    return evaluated(new_check(ImageCheck, name="app:1", **fields), docker(image=image_evidence))


FAKE = EngineEvidence(seen=True, fault="another program answers there")
NAMED = [
    new_check(ContainerCheck, name="web"),
    new_check(ImageCheck, name="app:1"),
    new_check(NetworkCheck, name="net"),
    new_check(VolumeCheck, name="data"),
    new_check(ComposeCheck, project="shop", services=("web",)),
    new_check(HistoryCheck, event="image-pushed"),
]


@pytest.mark.parametrize("check", NAMED, ids=lambda check: check.kind)
def test_nothing_that_a_fake_engine_says_counts(check):
    observed = docker(
        engine=FAKE,
        container={"web": container_seen()},
        image={"app:1": image_seen()},
        network={"net": network_seen()},
        volume={"data": True},
        containers=[listed("web", service="web")],
        events=[event("image-pushed", "app")],
    )
    outcome = evaluated(check, observed)
    assert (outcome.passed, outcome.share) == (False, 0)
    assert "another program answers there" in outcome.found


@pytest.mark.parametrize("check", NAMED, ids=lambda check: check.kind)
def test_what_was_not_gathered_is_not_graded(check):
    with pytest.raises(EvidenceMissing, match="not collected"):
        evaluated(check, docker())
    silent = docker()
    silent["errors"]["docker"] = "It did not answer."
    with pytest.raises(EvidenceMissing, match="It did not answer"):
        evaluated(check, silent)


# --- Containers


def test_a_container_that_has_all_that_is_asked():
    outcome = container(
        image="app:1",
        args=("sleep", "9"),
        ports=("8080:80", "80", "0.0.0.0:8080:80/tcp"),
        env=("MODE=test", "PATH", "EMPTY="),
        mounts=("data:/data:ro", "/data"),
        networks=("bridge",),
        memory="64 MiB",
        cpus=0.5,
        health="none",
        restart="no",
    )
    assert (outcome.passed, outcome.found) == (True, "all of that")
    assert outcome.expected.startswith(
        "a container web that runs, was made from the image app:1, runs “sleep 9”, publishes"
    )


@pytest.mark.parametrize(
    ("observed", "fields", "finding"),
    [
        ({"state": "exited", "exit_code": 137}, {}, "it has ended with exit code 137"),
        ({"state": "created"}, {}, "it was made and never started"),
        ({"state": "odd"}, {}, "it is in an unknown state, odd"),
        ({}, {"state": "exited"}, "it runs"),
        (
            {"state": "exited", "exit_code": 2},
            {"state": "exited", "ended_with": 0},
            "it has ended with exit code 2",
        ),
        ({"alive": False}, {}, "it is said to run, but its process can't be found"),
        ({"image": "nginx"}, {"image": "gone"}, "it was made from “nginx”"),
        (
            {"image_id": "sha256:old"},
            {"image": "app:1"},
            "it was made from what was called app:1 before, "
            "and not from the image that has the name now",
        ),
        ({"args": ["true"]}, {"args": ("sleep", "9")}, "it was made to run “true”"),
        ({"ports": []}, {"ports": ("8080:80",)}, "it publishes no port"),
        ({}, {"ports": ("8081:80",)}, "it publishes “0.0.0.0:8080:80/tcp, :::8080:80/tcp”"),
        ({}, {"ports": ("80/udp",)}, "it publishes “0.0.0.0:8080:80/tcp, :::8080:80/tcp”"),
        ({}, {"env": ("MODE=live",)}, "it has MODE set to “test”"),
        ({}, {"env": ("USER",)}, "it has no variable USER"),
        ({}, {"mounts": ("/srv",)}, "it has nothing mounted at /srv"),
        ({}, {"mounts": ("data:/data:rw",)}, "it has “data” mounted at /data, read-only"),
        (
            {"mounts": [MountEvidence(source="/a", target="/data", writable=True)]},
            {"mounts": ("data:/data",)},
            "it has “/a” mounted at /data, writable",
        ),
        ({}, {"networks": ("shop",)}, "it is in the network “bridge”"),
        ({"networks": []}, {"networks": ("shop",)}, "it is in none"),
        ({}, {"memory": "32 MiB"}, "it may use 67108864 bytes"),
        ({"memory": 0}, {"memory": "32 MiB"}, "it has no memory limit"),
        ({}, {"cpus": 1}, "it may use 0.5 processors"),
        ({"cpus": 0}, {"cpus": 1}, "it has no processor limit"),
        ({}, {"health": "healthy"}, "it has no health check"),
        ({"health": "unhealthy"}, {"health": "healthy"}, "it is unhealthy"),
        ({}, {"restart": "always"}, "it has the restart policy no"),
    ],
)
def test_each_thing_that_a_container_lacks(observed, fields, finding):
    outcome = container(observed, **fields)
    assert (outcome.passed, outcome.found) == (False, finding)


def test_a_container_earns_a_share_for_what_holds():
    outcome = container(
        {"state": "exited", "exit_code": 1}, image="app:1", networks=("shop",), restart="no"
    )
    assert outcome.found == "it has ended with exit code 1 and is in the network “bridge”"
    assert outcome.share == Fraction(1, 2)
    check = new_check(ContainerCheck, name="web", image="app:1")
    result = evaluate(
        check, docker(container={"web": container_seen(state="paused")}, image=IMAGES)
    )
    assert (result.passed, result.earned, result.points) == (False, 2, 4)


def test_ended_with_the_code_that_was_asked_for():
    assert container({"state": "exited", "exit_code": 3}, state="exited", ended_with=3).passed


def test_no_container_and_none_wanted():
    assert container(False).found == "no container of that name"
    assert container(False, state="absent").passed
    outcome = container({}, state="absent")
    assert (outcome.passed, outcome.found) == (False, "it runs")


# --- Compose


def test_compose_services_run():
    observed = docker(
        containers=[
            listed("a", service="web"),
            listed("b", "exited", "db"),
            listed("c", project="other"),
        ]
    )
    assert evaluated(new_check(ComposeCheck, project="shop", services=("web",)), observed).passed
    outcome = evaluated(
        new_check(ComposeCheck, project="shop", services=("web", "db", "cache")), observed
    )
    assert outcome.found == "it has a service db that does not run and has no service cache"
    assert outcome.share == Fraction(1, 3)
    assert (
        evaluated(new_check(ComposeCheck, project="none", services=("web",)), observed).found
        == "no container of such a project"
    )


# --- Images


def test_an_image_that_has_all_that_is_asked():
    outcome = image(
        made_here=True,
        base="base",
        differs_from="base",
        layers_at_most=2,
        size_at_most="5 MB",
        user="nobody",
        entrypoint=(),
        cmd=("sleep", "9"),
        env=("MODE=test",),
        exposes=("80", "80/tcp"),
        history="touch",
    )
    assert (outcome.passed, outcome.found) == (True, "all of that")
    assert image({"whole": None}).passed  # where the host could not look


@pytest.mark.parametrize(
    ("observed", "fields", "finding"),
    [
        ({"whole": False}, {}, "it is named by the engine, but its layers are not on the disk"),
        ({"created": OPENED - 1}, {"made_here": True}, "it was made before this machine was yours"),
        ({"layers": ["sha256:9"]}, {"base": "base"}, "it has other first layers than base"),
        ({}, {"base": "gone"}, "it can't be compared, as there is no image gone"),
        ({}, {"differs_from": "app:1"}, "it is the same image as app:1"),
        ({}, {"differs_from": "gone"}, "it can't be compared, as there is no image gone"),
        ({}, {"layers_at_most": 1}, "it has 2 layers"),
        ({}, {"size_at_most": "4.9 MB"}, "it takes 5\N{NO-BREAK SPACE}MB"),
        ({}, {"user": "app"}, "it runs as “nobody”"),
        ({"user": ""}, {"user": "app"}, "it names no user, so that it runs as root"),
        ({}, {"entrypoint": ("serve",)}, "it has the entrypoint of nobody: there is none"),
        ({}, {"cmd": ("sleep",)}, "it has the command “sleep 9”"),
        ({}, {"env": ("MODE=live",)}, "it has MODE set to “test”"),
        ({}, {"exposes": ("443",)}, "it exposes “80/tcp”"),
        ({"exposes": []}, {"exposes": ("443",)}, "it exposes no port"),
        ({}, {"history": "apt-get"}, "it was made by 2 other steps"),
    ],
)
def test_each_thing_that_an_image_lacks(observed, fields, finding):
    outcome = image(observed, **fields)
    assert (outcome.passed, outcome.found) == (False, finding)


def test_the_base_itself_is_not_made_from_it():
    assert not image({"id": "sha256:base", "layers": ["sha256:1"]}, base="base").passed


def test_no_image():
    assert image(False).found == "no image of that name"


# --- Registry

PUSHED = RegistryEvidence(name="ada/app", digest="sha256:m", image_id=APP, tags=["1", "2"])


def pushed(registry_image=PUSHED, **fields: Any):
    observed = docker(image=IMAGES)
    observed["registry"] = {"app:1": registry_image}
    return evaluated(
        new_check(RegistryCheck, **{"repository": "app", "tag": "1", **fields}), observed
    )


def test_what_the_registry_has():
    assert pushed().passed
    assert pushed(same_as="app:1").passed
    assert pushed().expected == "registry:5000/ada/app:1 in the registry"


@pytest.mark.parametrize(
    ("registry_image", "fields", "message"),
    [
        ({"digest": ""}, {}, "only the tag “1, 2” there"),
        ({"digest": "", "tags": []}, {}, "nothing there under that name"),
        ({"image_id": "sha256:else"}, {"same_as": "app:1"}, "another image under that name"),
        ({}, {"same_as": "gone"}, "it is there, but the machine has no image gone:latest"),
    ],
)
def test_what_the_registry_has_not(registry_image, fields, message):
    outcome = pushed({**PUSHED, **registry_image}, **fields)
    assert (outcome.passed, outcome.found) == (False, message)


def test_a_registry_or_an_image_that_was_not_asked_for_is_not_graded():
    with pytest.raises(EvidenceMissing, match="app:2 was not collected"):
        pushed(tag="2")
    with pytest.raises(EvidenceMissing, match="other was not collected"):
        pushed(same_as="other")


def test_a_fake_engine_does_not_say_which_image_was_pushed():
    observed = docker(engine=FAKE, image=IMAGES)
    observed["registry"] = {"app:latest": PUSHED}
    assert not evaluated(
        new_check(RegistryCheck, repository="app", same_as="app:1"), observed
    ).passed
    assert evaluated(
        new_check(RegistryCheck, repository="app"), observed
    ).passed  # the registry's own word


# --- Networks and volumes


def test_networks():
    def network(observed=None, **fields: Any):
        gathered = docker(
            network={"net": None if observed is False else network_seen(**(observed or {}))}
        )
        return evaluated(new_check(NetworkCheck, name="net", **fields), gathered)

    assert network().passed
    assert network(driver="bridge", internal=False, members=("web",)).passed
    assert network(False).found == "no network of that name"
    outcome = network(driver="macvlan", internal=True, members=("web", "db"))
    assert (
        outcome.found
        == "it has the driver “bridge”, has a way out and does not have db in it, running"
    )
    assert outcome.share == Fraction(1, 4)


def test_volumes():
    mount = MountEvidence(source="data", target="/data", writable=True)
    other = MountEvidence(source="/srv", target="/srv", writable=True)
    observed = docker(
        volume={"data": True, "none": False, "idle": True},
        containers=[listed("web", mounts=[other, mount])],
    )

    def volume(**fields: Any):
        return evaluated(new_check(VolumeCheck, **{"name": "data", **fields}), observed)

    assert volume().passed
    assert volume(used_by="web", used_at="/data").passed
    assert volume(used_at="/data").passed
    assert volume(name="none").found == "no volume of that name"
    assert volume(used_by="db").found == "it is mounted in “web at /data”"
    assert volume(name="idle", used_at="/data").found == "it is mounted in no container"
    assert (
        volume(used_by="web", used_at="/x").expected == "a volume data that is mounted at /x in web"
    )


# --- History


def test_history():
    observed = docker(
        events=[
            event("container-started", "early", "app", at=OPENED - 1),
            event("container-started", "one", "app"),
            event("container-started", "two", "app:latest"),
            event("image-tagged", "app:1"),
        ]
    )

    def history(**fields: Any):
        return evaluated(
            new_check(HistoryCheck, **{"event": "container-started", **fields}), observed
        )

    assert history(times=2, image="app").found == "2 of them, the last “two”"
    assert history(subject="^one$").passed
    assert not history(subject="early").passed
    assert history(subject="three").found == "2 others, the last “two”"
    assert history(event="image-pushed").found.startswith("nothing of the kind")
    outcome = history(times=3, image="app", subject="o")
    assert not outcome.passed
    assert outcome.expected == (
        "a container was started since the machine is yours, "
        "with “o” in its name, of the image app, "
        "3 times at least"
    )


def test_a_script_that_is_to_run_is_not_shown():
    loop = ("sh", "-c", "while true; do date; done")
    asked = container(args=loop)
    assert asked.expected == "a container web that runs and runs what the task asks for"
    made = image(cmd=loop)
    assert made.expected.endswith("has the command that the task asks for")
    assert "while" not in asked.expected + made.expected
