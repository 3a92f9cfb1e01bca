"""What the gate remembers of a student's pushes, on its way to their page."""

import dataclasses
from typing import Any

import pytest

from panels.errors import PanelUnavailable
from panels.layers.pushes import LAYERS_MAX, PUSHES_MAX, read_pushes
from sandboxes.errors import EngineError
from sandboxes.registry.fake import FakeRegistry
from tests.support.factories import MachineFactory, SandboxFactory, UserFactory
from tests.support.layers.image_machine import ImageMachine, image_machine

pytestmark = pytest.mark.django_db

LAYER = {"how": "sent", "source": "", "bytes": 12_000}
PUSH = {
    "repository": "ada/app",
    "reference": "1",
    "config": "sha256:x",
    "at": 5.5,
    "layers": [LAYER],
}


@pytest.fixture
def machine() -> ImageMachine:
    """A machine of the student ada's."""
    sandbox = SandboxFactory(user=UserFactory(username="ada"))
    row = MachineFactory(kind="docker", sandbox=sandbox)
    return dataclasses.replace(image_machine(), machine_id=str(row.pk))


@pytest.fixture
def answers(machine: ImageMachine, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the gate answers, by path; every other path is no answer."""
    known: dict[str, Any] = {}

    def ask(_registry: FakeRegistry, path: str) -> Any:
        if path not in known:
            raise EngineError(f"the registry did not answer {path}")
        return known[path]

    monkeypatch.setattr(FakeRegistry, "ask", ask)
    return known


def test_pushes_are_the_students_own(machine: ImageMachine, answers: dict[str, Any]) -> None:
    answers["/pushes?owner=ada"] = {"pushes": [PUSH]}
    assert read_pushes(machine) == {
        "registry": True,
        "pushes": [{"name": "ada/app:1", "image": "sha256:x", "at": 5.5, "layers": [LAYER]}],
    }


def test_what_the_gate_says_is_bounded(machine: ImageMachine, answers: dict[str, Any]) -> None:
    odd = {"how": "\x1b", "source": "\x1b[2J" * 500, "bytes": 2**80}
    push = {**PUSH, "repository": "<b>" * 900, "at": "now", "layers": [odd] * 900}
    answers["/pushes?owner=ada"] = {"pushes": [push] * 900}
    pushes = read_pushes(machine)["pushes"]
    assert len(pushes) == PUSHES_MAX
    layers = pushes[0]["layers"]
    assert (len(layers), layers[0]["how"], layers[0]["bytes"]) == (LAYERS_MAX, "had", 2**53 - 1)
    assert "\x1b" not in layers[0]["source"]
    assert len(pushes[0]["name"]) + len(layers[0]["source"]) < 1_000


def test_a_registry_that_does_not_answer_is_told_from_none(
    machine: ImageMachine, answers: dict[str, Any], settings: Any
) -> None:
    settings.REGISTRY = True
    with pytest.raises(PanelUnavailable, match="asked again"):
        read_pushes(machine)
    settings.REGISTRY = False
    assert read_pushes(machine) == {"registry": False, "pushes": []}


def test_a_machine_that_is_gone_has_no_pushes(answers: dict[str, Any]) -> None:
    gone = dataclasses.replace(image_machine(), machine_id="00000000-0000-0000-0000-000000000000")
    with pytest.raises(PanelUnavailable):
        read_pushes(gone)
