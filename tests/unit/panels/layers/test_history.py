"""Which step made which layer: by the configuration, else by what the engine tells."""

from typing import Any

import pytest

from panels.layers.history import STEPS_MAX, build_detail, chain_ids
from panels.layers.images import ImageReader
from tests.support.layers.image_machine import digest, image_machine

ROWS = [
    {"CreatedBy": "/bin/sh -c #(nop) ADD file:x in / ", "Size": 5_000, "Created": 10},
    {"CreatedBy": "ENV A=1", "Size": 0, "Created": 20},
    {"CreatedBy": "WORKDIR /srv", "Size": 0, "Created": 30},
    {"CreatedBy": "RUN /bin/sh -c touch a # buildkit", "Size": 0, "Created": 40},
    {"CreatedBy": "COPY . . # buildkit", "Size": 70, "Created": 50},
]
EMPTY = [False, True, True, False, False]
LAYERS = [digest("a"), digest("b"), digest("c")]


def layers_of(configuration: dict[str, Any], layers: list[str]) -> list[int | None]:
    detail = build_detail("sha256:x", layers, ROWS, configuration)
    return [step.layer for step in detail.steps]


def test_the_configuration_tells_layers_without_bytes() -> None:
    history = [{"empty_layer": empty} for empty in EMPTY]
    assert layers_of({"history": history}, LAYERS) == [0, None, None, 1, 2]


def test_without_a_configuration_instructions_tell_it() -> None:
    assert layers_of({}, [*LAYERS, digest("d")]) == [0, None, 1, 2, 3]
    assert layers_of({"history": "nonsense"}, LAYERS[:2]) == [0, None, None, None, 1]


def test_layers_that_the_history_does_not_explain_are_there_all_the_same() -> None:
    detail = build_detail("sha256:x", LAYERS, [], {})
    assert [step.layer for step in detail.steps] == [0, 1, 2]
    assert detail.sizes == [0, 0, 0]


def test_chains_are_those_of_the_image_format() -> None:
    first, second = chain_ids(LAYERS[:2])
    assert first == LAYERS[0]
    assert second == digest(f"{LAYERS[0]} {LAYERS[1]}")


def test_an_image_as_an_engine_has_it() -> None:
    machine = image_machine()
    steps: list[Any] = [
        ("/bin/sh -c #(nop) ADD file:x in / ", [("bin/sh", b"sh")]),
        ('/bin/sh -c #(nop)  CMD ["sh"]', None),
        ("RUN /bin/sh -c mkdir /srv # buildkit", [("srv", None)]),
    ]
    detail = ImageReader().read_detail(machine, machine.add_image("app:1", steps))
    assert [(step.instruction.verb, step.layer) for step in detail.steps] == [
        ("ADD", 0),
        ("CMD", None),
        ("RUN", 1),
    ]
    assert detail.sizes == [2, 0]
    assert detail.created == [1_000.0, 1_120.0]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "text",
        {"RootFS": None},
        {"RootFS": {"Layers": {}}},
        {"RootFS": {"Layers": [1, "x", "sha256:../.."]}},
    ],
)
def test_an_engine_that_talks_nonsense_has_images_without_layers(answer: Any) -> None:
    machine = image_machine()
    image_id = machine.add_image("app:1", [("RUN x", [])])
    machine.answers[f"/images/{image_id.replace(':', '%3A')}/json"] = answer
    assert ImageReader().read_detail(machine, image_id).layers == ()


def test_a_history_without_end_is_cut() -> None:
    machine = image_machine()
    image_id = machine.add_image("app:1", [("RUN x", [])])
    path = f"/images/{image_id.replace(':', '%3A')}"
    machine.answers[f"{path}/history"] = [
        {"CreatedBy": "ENV A=1", "Size": -1, "Created": 2**80}
    ] * 9_999
    detail = ImageReader().read_detail(machine, image_id)
    assert len(detail.steps) <= STEPS_MAX + 1
    assert detail.created == [0.0]
