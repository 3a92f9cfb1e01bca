"""Panels read containers, images, volumes and networks of an engine, whatever it says."""

import json
from typing import Any

import pytest

from core.budgets import PANELS
from panels.base import Topic
from panels.errors import PanelRefused, PanelUnavailable
from panels.topics.containers import CONTAINERS, read_containers
from panels.topics.images import IMAGES, read_images
from panels.topics.networks import NETWORKS, read_networks
from panels.topics.volumes import VOLUMES, read_volumes
from sandboxes.errors import EngineError
from tests.support.docker_api import SILENT, Refusal, requests_of, scripted_machine

ID = "a" * 64
IMAGE = f"sha256:{'b' * 64}"
PATHS = {
    "containers": "/containers/json",
    "images": "/images/json",
    "volumes": "/volumes",
    "networks": "/networks",
}
TOPICS = (CONTAINERS, IMAGES, VOLUMES, NETWORKS)
HOSTILE = "<img src=x onerror=alert(1)>\x1b]0;mine\x07\u202e\ud800"
SHOWN = "<img src=x onerror=alert(1)>␛]0;mine␇\ufffd\ufffd"
each_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


def container(number: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "Id": f"{number:064x}",
        "Names": [f"/web{number}"],
        "Image": "drydock/nginx",
        "ImageID": IMAGE,
        "Command": "nginx -g 'daemon off;'",
        "State": "running",
        "Status": "Up 3 seconds",
        "Created": 1_900_000_000 + number,
        "Ports": [{"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"}],
        "Mounts": [{"Type": "volume", "Name": "data", "Destination": "/data", "Source": "/var"}],
        "NetworkSettings": {"Networks": {"bridge": {"IPAddress": "172.17.0.2"}}},
        **fields,
    }


def test_containers_are_described() -> None:
    sample = read_containers(scripted_machine({"/containers/json": [container()]}))
    assert (sample["total"], sample["running"]) == (1, 1)
    assert sample["containers"] == [
        {
            "id": "0" * 64,
            "name": "web0",
            "image": "drydock/nginx",
            "image_id": IMAGE,
            "command": "nginx -g 'daemon off;'",
            "state": "running",
            "status": "Up 3 seconds",
            "created": 1_900_000_000,
            "ports": [{"public": 8080, "private": 80, "protocol": "tcp", "address": "0.0.0.0"}],
            "mounts": [{"type": "volume", "name": "data", "destination": "/data"}],
            "networks": [{"name": "bridge", "address": "172.17.0.2"}],
        }
    ]


def test_images_are_described_with_their_layers_which_are_asked_for_once() -> None:
    row = {"Id": IMAGE, "RepoTags": ["app:1", "app:2"], "Created": 5, "Size": 70_000_000}
    detail = {"RootFS": {"Layers": ["sha256:1", "sha256:2", "sha256:3"]}}
    machine = scripted_machine({"/images/json": [row], f"/images/{IMAGE}/json": detail})
    sample = read_images(machine)
    assert sample == read_images(machine)
    assert (sample["total"], sample["bytes"]) == (1, 70_000_000)
    assert sample["images"] == [
        {"id": IMAGE, "names": ["app:1", "app:2"], "created": 5, "bytes": 70_000_000, "layers": 3}
    ]
    assert requests_of(machine).count(("GET", f"/images/{IMAGE}/json")) == 1


def test_volumes_are_described_named_ones_first() -> None:
    nameless = {"Name": "0" * 64, "Labels": {"com.docker.volume.anonymous": ""}}
    rows = [nameless, {"Name": "data", "Driver": "local", "Labels": None}]
    sample = read_volumes(scripted_machine({"/volumes": {"Volumes": rows, "Warnings": None}}))
    assert [(row["name"], row["anonymous"]) for row in sample["volumes"]] == [
        ("data", False),
        ("0" * 64, True),
    ]
    assert sample["volumes"][0]["driver"] == "local"


def test_networks_are_described_the_students_own_first() -> None:
    rows = [
        {"Id": ID, "Name": "bridge", "Driver": "bridge", "IPAM": {"Config": None}},
        {
            "Id": ID,
            "Name": "lan",
            "Driver": "bridge",
            "Internal": True,
            "IPAM": {"Config": [{"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"}]},
        },
    ]
    sample = read_networks(scripted_machine({"/networks": rows}))
    assert [(row["name"], row["built_in"]) for row in sample["networks"]] == [
        ("lan", False),
        ("bridge", True),
    ]
    assert sample["networks"][0]["subnet"] == "172.18.0.0/16"
    assert sample["networks"][0]["internal"] is True


def test_of_too_many_containers_those_that_run_are_listed_and_all_are_counted() -> None:
    newest = [container(number, State="exited") for number in range(200)]
    live = [container(number) for number in (300, 301)]
    machine = scripted_machine(
        {
            "/containers/json": newest,
            'GET /containers/json?all=1&limit=200&filters={"status":+["running",'
            '+"paused",+"restarting"]}': live,
            "/info": {"Containers": 10_000, "ContainersRunning": 2},
        }
    )
    sample = read_containers(machine)
    assert (sample["total"], sample["running"]) == (10_000, 2)
    assert [row["name"] for row in sample["containers"][:3]] == ["web300", "web301", "web0"]
    assert len(sample["containers"]) == 200


def whole_answer(topic: Topic, rows: list[dict[str, Any]]) -> Any:
    return {"Volumes": rows} if topic.name == "volumes" else rows


@each_topic
def test_ten_thousand_are_counted_and_some_are_listed(topic: Topic) -> None:
    rows = [{"Id": f"{number:064x}", "Name": f"n{number}"} for number in range(10_000)]
    answers = {PATHS[topic.name]: whole_answer(topic, rows), "/info": {}}
    sample = topic.sample(scripted_machine(answers))
    assert (sample["total"], len(sample[topic.name])) == (10_000, 200)


@each_topic
def test_the_longest_names_stay_bounded(topic: Topic) -> None:
    name = "\x1b" * 300
    mounts = [{"Type": "volume", "Name": name, "Destination": name}] * 20
    row = {"Names": [name], "Name": name, "RepoTags": [name] * 20, "Mounts": mounts}
    answers = {PATHS[topic.name]: whole_answer(topic, [row] * 25), "/info": {}}
    sample = topic.sample(scripted_machine(answers))
    assert (sample["total"], 0 < len(sample[topic.name]) < 26) == (25, True)
    assert len(json.dumps(sample)) < PANELS.sample_chars


@each_topic
def test_hostile_names_are_texts(topic: Topic) -> None:
    row = {"Names": [f"/{HOSTILE}"], "Name": HOSTILE, "RepoTags": [HOSTILE]}
    answer = whole_answer(topic, [row])
    sample = topic.sample(scripted_machine({PATHS[topic.name]: answer}))
    shown = sample[topic.name][0]
    assert shown.get("name", *shown.get("names", [])) == SHOWN
    json.dumps(sample).encode()
    assert SHOWN.encode()


WRONG: tuple[Any, ...] = (
    None,
    True,
    7,
    "text",
    {},
    [],
    [None, 1, "a", [], {}],
    {"Volumes": 3},
    {"Volumes": [[], {"Labels": [], "Name": 1}]},
    [{"Id": [], "Names": {}, "Ports": [1, {"PublicPort": "80"}], "Mounts": "m", "Created": "x"}],
    [{"NetworkSettings": {"Networks": [1]}, "Created": 1e999, "Size": -5, "RepoTags": [1]}],
    [{"IPAM": {"Config": {"a": 1}}, "Internal": "yes", "Names": [{}]}],
)


@each_topic
@pytest.mark.parametrize("answer", WRONG, ids=range(len(WRONG)))
def test_wrong_types_are_no_fault_of_ours(topic: Topic, answer: Any) -> None:
    sample = topic.sample(scripted_machine({PATHS[topic.name]: answer}))
    assert sample["total"] == len(sample[topic.name])
    json.dumps(sample, allow_nan=False)


@each_topic
@pytest.mark.parametrize(
    "answer", [SILENT, b"<html>", b"[" * 100_000], ids=["silent", "html", "deep"]
)
def test_engine_that_does_not_answer_is_an_engine_error(topic: Topic, answer: Any) -> None:
    with pytest.raises(EngineError):
        topic.sample(scripted_machine({PATHS[topic.name]: answer}))


@each_topic
def test_engine_that_says_too_much_is_told_of(topic: Topic) -> None:
    with pytest.raises(PanelUnavailable, match="more than can be shown"):
        topic.sample(scripted_machine({PATHS[topic.name]: b" " * 5_000_000}))


@each_topic
def test_engine_that_refuses_has_its_own_words(topic: Topic) -> None:
    with pytest.raises(PanelRefused, match="all is lost"):
        topic.sample(scripted_machine({PATHS[topic.name]: Refusal(500, "all is lost")}))


@each_topic
def test_machine_without_an_engine_says_so(topic: Topic) -> None:
    with pytest.raises(PanelRefused, match="no Docker engine"):
        topic.sample(scripted_machine({}, kind="linux"))
