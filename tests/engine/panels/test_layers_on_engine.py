"""What *Layers* reads of a real engine: two builds, and what is in their layers."""

import base64
from typing import Any

import pytest

from panels.kinds.layers import show_files, show_steps
from panels.layers.images import ImageReader
from panels.layers.listing import ListingStore
from panels.layers.saved import read_saved
from panels.machine import ObservedMachine
from tests.support.machines import TypedMachine

pytestmark = [pytest.mark.engine, pytest.mark.timeout(240)]

RECIPE = """\
FROM drydock/debian
ENV MODE=test
RUN mkdir /srv/app && head -c 300000 /dev/urandom > /srv/app/data
WORKDIR /srv/app
COPY page.html ./
RUN rm -r /usr/share/doc && echo more >> /etc/hosts.extra && chmod 600 /etc/passwd
CMD ["sh"]
"""


@pytest.fixture(scope="module")
def reader() -> ImageReader:
    return ImageReader()


def build(machine: TypedMachine, tag: str, page: str, options: str = "") -> None:
    recipe = base64.b64encode(RECIPE.encode()).decode()
    machine.say(f"mkdir -p /root/app; echo {recipe} | base64 -d > /root/app/Dockerfile")
    machine.say(f"echo '{page}' > /root/app/page.html")
    code, output = machine.run(f"docker build {options} -t {tag} /root/app", 120)
    assert code == 0, output


def image_named(sample: dict[str, Any], name: str) -> dict[str, Any]:
    return next(image for image in sample["images"] if name in image["names"])


@pytest.fixture(scope="module")
def samples(
    machine: TypedMachine, observed: ObservedMachine, reader: ImageReader
) -> list[dict[str, Any]]:
    """What is told before both builds, after the first, and after the second."""
    told = [reader.read_images(observed)]
    for tag, page in (("app:1", "one"), ("app:2", "two")):
        build(machine, tag, page)
        told.append(reader.read_images(observed))
    return told


def test_a_changed_line_makes_its_layer_and_those_above_anew(samples: list[dict[str, Any]]) -> None:
    before, first, second = samples
    base = image_named(before, "drydock/debian:latest")
    one, two = image_named(first, "app:1"), image_named(second, "app:2")
    layers = len(base["layers"])
    assert (one["reused"], one["reused_from"]) == (layers, base["id"])
    # The RUN before the changed COPY, and WORKDIR's layer where it made one, are taken over.
    assert (two["reused"], two["reused_from"]) == (len(two["layers"]) - 2, one["id"])
    assert two["reused"] > layers
    assert two["reuse_observed"]
    assert one["layers"][: two["reused"]] == two["layers"][: two["reused"]]
    assert one["layers"][two["reused"]] != two["layers"][two["reused"]]


def test_a_build_without_cache_takes_over_nothing_but_its_base(
    machine: TypedMachine,
    observed: ObservedMachine,
    reader: ImageReader,
    samples: list[dict[str, Any]],
) -> None:
    build(machine, "app:3", "two", "--no-cache")
    sample = reader.read_images(observed)
    three, base = image_named(sample, "app:3"), image_named(sample, "drydock/debian:latest")
    assert (three["reused"], three["reused_from"]) == (len(base["layers"]), base["id"])


def test_each_layer_has_the_line_that_made_it(
    observed: ObservedMachine, samples: list[dict[str, Any]]
) -> None:
    image = image_named(samples[-1], "app:2")
    steps = show_steps(observed, {"image": image["id"]})["steps"]
    lines = [(step["verb"], step["text"]) for step in steps]
    assert ("COPY", "page.html ./") in lines
    assert ("ENV", "MODE=test") in lines
    run = next(step for step in steps if "urandom" in step["text"])
    assert run["text"] == "mkdir /srv/app && head -c 300000 /dev/urandom > /srv/app/data"
    assert 300_000 <= run["size"] < 301_000
    by_layer = {step["layer"]: step for step in steps if step["layer"] is not None}
    assert sorted(by_layer) == list(range(len(image["layers"])))
    assert [by_layer[n]["size"] for n in by_layer] == [size for _, size in image["layers"]]
    assert {verb for verb, _ in lines if verb} >= {"ENV", "RUN", "WORKDIR", "COPY", "CMD"}
    assert all(step["layer"] is None for step in steps if step["verb"] in ("ENV", "CMD"))


def test_files_of_a_layer_are_marked_by_what_was_below(
    observed: ObservedMachine, samples: list[dict[str, Any]]
) -> None:
    image = image_named(samples[-1], "app:2")
    top = len(image["layers"]) - 1
    files = show_files(observed, {"image": image["id"], "layer": top})
    assert not files["cut"]
    assert files["below_known"]
    assert (files["total"]["added"], files["total"]["removed"]) == (1, 1)
    assert files["total"]["changed"] >= 1
    assert files["total"]["hidden"] > 500, "/etc/passwd as it was is still below"
    etc = show_files(observed, {"image": image["id"], "layer": top, "path": "etc"})
    marks = {child["name"]: child["mark"] for child in etc["children"]}
    assert marks == {"hosts.extra": "added", "passwd": "changed"}
    share = show_files(observed, {"image": image["id"], "layer": top, "path": "usr/share"})
    (doc,) = share["children"]
    assert (doc["name"], doc["mark"], doc["kind"]) == ("doc", "removed", "folder")


def test_the_lowest_layer_has_a_whole_system(
    machine: TypedMachine, observed: ObservedMachine, samples: list[dict[str, Any]]
) -> None:
    image = image_named(samples[-1], "drydock/debian:latest")
    files = show_files(observed, {"image": image["id"], "layer": 0})
    assert files["total"]["added"] > 3_000
    assert files["total"]["size"] == image["layers"][0][1]
    assert files["children"][0]["name"] == "usr"
    assert files["largest"][0]["size"] > 1_000_000


def test_the_list_is_that_of_the_archive_that_docker_saves(
    machine: TypedMachine, observed: ObservedMachine, samples: list[dict[str, Any]]
) -> None:
    """An independent witness: `docker save` and tar."""
    image = image_named(samples[-1], "app:2")
    top = len(image["layers"]) - 1
    layers = show_steps(observed, {"image": image["id"]})["layers"]
    blob = layers[top].removeprefix("sha256:")
    listed = machine.say(
        f"docker save app:2 | tar -xO blobs/sha256/{blob} | tar -t | grep -v '/$' | sort", 120
    )
    names = set(listed.split())
    assert names == {"etc/hosts.extra", "etc/passwd", "usr/share/.wh.doc"} | (
        names & {"etc/passwd-"}
    )


def test_a_saved_image_tells_the_same(
    observed: ObservedMachine, reader: ImageReader, samples: list[dict[str, Any]]
) -> None:
    """As with an engine that keeps its layers in another place."""
    detail = reader.read_detail(observed, image_named(samples[-1], "app:2")["id"])
    saved = read_saved(observed, detail, ListingStore())
    for listing, chain in zip(saved, detail.chains, strict=True):
        described = ListingStore().read(observed, chain)
        assert listing is not None
        assert described is not None
        assert listing.files == described.files
        assert (listing.removed, listing.cut) == (described.removed, False)
