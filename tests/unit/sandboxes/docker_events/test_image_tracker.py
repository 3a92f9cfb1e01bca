"""A build is told from one more name for an image, and a pull tells which layers it has brought."""

from typing import Any

import pytest

from sandboxes.docker_events.image_tracker import IMAGES_MAX, LAYERS_MAX, ImageTracker
from sandboxes.docker_events.parser import MachineEvent
from sandboxes.errors import EngineError

PULLED = MachineEvent("image-pulled", "", nested=True, subject="ada/app:1")
TAGGED = MachineEvent("image-tagged", "", nested=True, subject="app:1")
STARTED = MachineEvent("container-started", "", nested=True, subject="web")


class Engine:
    """Answers as an engine with these images does: layers by id or name."""

    def __init__(self, **layers: list[str]) -> None:
        self.layers: dict[str, Any] = dict(layers)
        self.asked: list[str] = []

    def __call__(self, path: str) -> Any:
        self.asked.append(path)
        if path == "/images/json":
            return [{"Id": name} for name in self.layers if "/" not in name]
        name = (
            path.removeprefix("/images/")
            .removesuffix("/json")
            .replace("%2F", "/")
            .replace("%3A", ":")
        )
        if name not in self.layers:
            raise EngineError("404")
        return {"RootFS": {"Layers": self.layers[name]}}


def explained(
    images: ImageTracker, event: MachineEvent, image_id: str = ""
) -> list[tuple[str, str]]:
    return [
        (explained_event.kind, explained_event.subject)
        for explained_event in images.explain(event, image_id)
    ]


def test_first_name_of_a_new_image_is_a_build() -> None:
    images = ImageTracker(Engine(debian=["a"]))
    assert explained(images, TAGGED, "debian") == [("image-tagged", "app:1")]
    assert explained(images, TAGGED, "new") == [("image-built", "app:1")]
    assert explained(images, TAGGED, "new") == [("image-tagged", "app:1")]
    assert explained(images, STARTED, "new") == [("container-started", "web")]


def test_pull_tells_the_layers_that_were_not_there() -> None:
    engine = Engine(debian=["a"], python=["a", "b"])
    images = ImageTracker(engine)
    assert engine.asked == ["/images/json"]  # nothing more for a machine in which nobody pulls
    engine.layers |= {"app": ["a", "c", "d"], "ada/app:1": ["a", "c", "d"]}
    whole = ("image-pulled", "ada/app:1")
    assert explained(images, PULLED, "ada/app:1") == [
        ("layer-pulled", "c"),
        ("layer-pulled", "d"),
        whole,
    ]
    assert explained(images, PULLED, "ada/app:1") == [whole]
    built = engine.layers["built"] = ["a", "x"]
    assert explained(images, TAGGED, "built") == [("image-built", "app:1")]
    engine.layers["ada/app:1"] = [*built, "e"]
    assert explained(images, PULLED, "ada/app:1") == [("layer-pulled", "e"), whole]


def test_image_that_is_gone_again_has_no_layers_to_tell() -> None:
    images = ImageTracker(Engine(debian=["a"]))
    assert explained(images, PULLED) == [("image-pulled", "ada/app:1")]


@pytest.mark.parametrize(
    "lie", [None, [], {"RootFS": 7}, {"RootFS": {"Layers": "abc"}}, {"RootFS": {"Layers": [1, {}]}}]
)
def test_engine_that_lies_is_borne(lie: Any) -> None:
    images = ImageTracker(lambda _path: lie)
    assert explained(images, PULLED) == [("image-pulled", "ada/app:1")]


def test_engine_that_says_too_much_is_cut() -> None:
    many = Engine(**{f"image{n}": ["a"] for n in range(2 * IMAGES_MAX)})
    many.layers["ada/app:1"] = [f"layer{n}" for n in range(2 * LAYERS_MAX)]
    images = ImageTracker(many)
    assert len(explained(images, PULLED)) == LAYERS_MAX + 1
    assert len(many.asked) < IMAGES_MAX + 4
