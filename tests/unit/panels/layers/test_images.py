"""Images with their layers, and what each found when it came."""

import json
from typing import Any

import pytest

from panels.base import Arguments
from panels.errors import PanelError, PanelRefused
from panels.kinds.layers import show_files, show_steps
from panels.layers.images import ImageReader
from tests.support.layers.image_machine import ImageMachine, image_machine

BASE: list[Any] = [("ADD base", [("bin/sh", b"sh" * 500)]), ('CMD ["sh"]', None)]


def first_build(machine: ImageMachine) -> str:
    return machine.add_image("app:1", [*BASE, ("RUN a", [("a", b"1")]), ("COPY b", [("b", b"1")])])


def reuse_of(sample: dict[str, Any], image_id: str) -> tuple[int, str, bool]:
    image = next(each for each in sample["images"] if each["id"] == image_id)
    return image["reused"], image["reused_from"], image["reuse_observed"]


def test_a_second_build_takes_over_what_did_not_change() -> None:
    reader, machine = ImageReader(), image_machine()
    base, first = machine.add_image("base:1", BASE), first_build(machine)
    reader.read_images(machine)
    second = machine.add_image(
        "app:2", [*BASE, ("RUN a", [("a", b"1")]), ("COPY b", [("b", b"changed")])]
    )
    sample = reader.read_images(machine)
    assert reuse_of(sample, second) == (2, first, True)
    assert reuse_of(sample, first) == (1, base, False)
    # What was found when it came is not found again later.
    machine.rows.pop(1)
    assert reuse_of(reader.read_images(machine), second) == (2, "", True)


def test_a_layer_that_was_made_again_was_not_taken_over() -> None:
    reader, machine = ImageReader(), image_machine()
    machine.add_image("base:1", BASE)
    first = first_build(machine)
    reader.read_images(machine)
    steps = [*BASE, ("RUN a", [("a", b"1")]), ("COPY b", [("b", b"2")])]
    again = machine.add_image("app:2", steps, created=90_000 - 60)
    sample = reader.read_images(machine)
    assert reuse_of(sample, again)[0] == 0
    layers = {image["id"]: image["layers"] for image in sample["images"]}
    assert layers[again][:2] == layers[first][:2], "they came out the same, and are stored once"


def test_what_was_there_before_the_panel_was_opened_is_told_by_dates() -> None:
    reader, machine = ImageReader(), image_machine()
    base = machine.add_image("base:1", BASE, created=100)
    machine.rows[0]["Created"] = 100
    first_build(machine)
    machine.rows.reverse()
    sample = reader.read_images(machine)
    assert reuse_of(sample, base) == (0, "", False)


def test_machines_are_not_mixed_up() -> None:
    reader, ada, bob = ImageReader(), image_machine("ada"), image_machine("bob")
    first_build(ada)
    reader.read_images(ada)
    assert (
        reuse_of(
            reader.read_images(bob) | {"images": reader.read_images(ada)["images"]},
            ada.rows[0]["Id"],
        )[0]
        == 0
    )
    assert reader.read_images(bob)["images"] == []


def test_very_many_images_are_counted_and_the_newest_listed() -> None:
    reader, machine = ImageReader(), image_machine()
    image = machine.add_image("app:1", BASE)
    row = machine.rows[0]
    machine.rows.extend({**row, "Id": f"sha256:{number:064}"} for number in range(10_000))
    sample = reader.read_images(machine)
    assert sample["total"] == 10_001
    assert [each["id"] for each in sample["images"]] == [image]
    assert len(json.dumps(sample)) < 2_000


def test_what_the_engine_is_too_slow_to_tell_comes_later() -> None:
    reader, machine = ImageReader(), image_machine()
    machine.add_image("app:1", BASE)
    machine.add_image("app:2", BASE)
    machine.patience.append(4)  # the list, what the first is made of, and half of the second
    sample = reader.read_images(machine)
    assert (sample["total"], sample["unread"], len(sample["images"])) == (2, 1, 1)
    machine.patience.clear()
    sample = reader.read_images(machine)
    assert (sample["unread"], len(sample["images"])) == (0, 2)


@pytest.mark.parametrize("rows", [None, "text", [None, 1, []], [{}], [{"Id": 5, "RepoTags": 1}]])
def test_nonsense_is_no_image(rows: Any) -> None:
    machine = image_machine()
    machine.rows.extend(rows if isinstance(rows, list) else [])
    assert ImageReader().read_images(machine)["images"] == []


def test_names_are_text() -> None:
    reader, machine = ImageReader(), image_machine()
    machine.add_image("<img src=x>\x1b[2J\ud800:1", BASE)
    (image,) = reader.read_images(machine)["images"]
    assert image["names"] == ["<img src=x>\u241b[2J\ufffd:1"]
    assert json.dumps(image, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"image": ""},
        {"image": 5},
        {"image": "x" * 81},
        {"image": "sha256:none"},
        {"image": "../containers/json"},
    ],
)
def test_a_request_for_no_image_is_refused(arguments: Arguments) -> None:
    with pytest.raises(PanelError):
        show_steps(image_machine(), arguments)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"layer": -1},
        {"layer": 9},
        {"layer": "0"},
        {"layer": 0, "path": "x" * 3_000},
        {"layer": 0, "path": 5},
    ],
)
def test_a_request_for_no_layer_is_refused(more: dict[str, Any]) -> None:
    machine = image_machine("refusing")
    image = machine.add_image("app:1", BASE)
    with pytest.raises(PanelRefused):
        show_files(machine, {"image": image, **more})


def test_steps_and_files_are_told() -> None:
    machine = image_machine("telling")
    image = machine.add_image("app:1", BASE)
    steps = show_steps(machine, {"image": image})["steps"]
    assert [(step["verb"], step["layer"]) for step in steps] == [("ADD", 0), ("CMD", None)]
    assert show_files(machine, {"image": image, "layer": 0})["total"]["added"] == 1
