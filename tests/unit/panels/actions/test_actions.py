"""What is clicked becomes one request to the machine's engine, and nothing else can."""

from typing import Any

import pytest

from panels.errors import PanelRefused
from panels.registry import find_action
from tests.support.docker_api import SILENT, Refusal, requests_of, scripted_machine

ID = "a" * 64
IMAGE = f"sha256:{'b' * 64}"
CLICKS: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    ("start-container", {"id": ID}, "POST", f"/containers/{ID}/start"),
    ("stop-container", {"id": ID}, "POST", f"/containers/{ID}/stop"),
    ("restart-container", {"id": ID}, "POST", f"/containers/{ID}/restart"),
    ("unpause-container", {"id": ID}, "POST", f"/containers/{ID}/unpause"),
    ("remove-container", {"id": ID}, "DELETE", f"/containers/{ID}?force=1&v=0"),
    ("remove-container", {"id": ID, "volumes": True}, "DELETE", f"/containers/{ID}?force=1&v=1"),
    ("remove-image", {"reference": "app:1"}, "DELETE", "/images/app:1"),
    ("remove-image", {"reference": IMAGE}, "DELETE", f"/images/{IMAGE}"),
    ("remove-image", {"reference": "r:5000/me/app:1"}, "DELETE", "/images/r:5000/me/app:1"),
    ("remove-volume", {"name": "data"}, "DELETE", "/volumes/data"),
    ("remove-network", {"id": ID}, "DELETE", f"/networks/{ID}"),
)
each_click = pytest.mark.parametrize(("name", "arguments", "method", "target"), CLICKS)
NO_NAMES = (
    None,
    7,
    True,
    [],
    {},
    "",
    "..",
    "../info",
    f"{ID}/../../info",
    "data?force=1",
    "data#x",
    "data%2f..",
    "data\r\nX: y",
    "data ",
    " data",
    "a" * 500,
    "<b>data</b>",
    "\x1b[31m",
    "dätä",
    "data/../..",
    "app:1/../../volumes/data",
    f"{ID}\n",
)


def act(machine: Any, name: str, arguments: dict[str, Any]) -> Any:
    action = find_action(name)
    assert action is not None
    return action.run(machine, arguments)


@each_click
def test_click_is_one_request(name: str, arguments: Any, method: str, target: str) -> None:
    machine = scripted_machine({target: b""})
    act(machine, name, arguments)
    assert requests_of(machine) == [(method, target)]


@each_click
def test_refusal_has_the_engines_own_words(
    name: str, arguments: Any, method: str, target: str
) -> None:
    with pytest.raises(PanelRefused, match="in use"):
        act(scripted_machine({target: Refusal(409, "in use")}), name, arguments)


@pytest.mark.parametrize("value", NO_NAMES, ids=range(len(NO_NAMES)))
@each_click
def test_no_name_leads_elsewhere(
    name: str, arguments: dict[str, Any], method: str, target: str, value: Any
) -> None:
    machine = scripted_machine({})
    field = next(iter(arguments))
    with pytest.raises(PanelRefused, match="no name"):
        act(machine, name, {**arguments, field: value})
    assert requests_of(machine) == []


def test_only_its_student_changes_a_machine() -> None:
    actions = [find_action(name) for name, *_ in CLICKS]
    assert all(action is not None and action.changes for action in actions)
    logs = find_action("read-logs")
    assert logs is not None
    assert not logs.changes


def test_nobody_waits_for_a_container_that_takes_its_time() -> None:
    machine = scripted_machine({f"/containers/{ID}/stop": SILENT})
    assert act(machine, "stop-container", {"id": ID}) == {"pending": True}
    machine = scripted_machine({f"/containers/{ID}/stop": b""})
    assert act(machine, "stop-container", {"id": ID}) == {"pending": False}


def test_removed_image_tells_what_has_gone() -> None:
    answer = [{"Untagged": "app:1"}, {"Deleted": IMAGE}, {"Deleted": "sha256:2"}, "x", None]
    machine = scripted_machine({"/images/app:1": answer})
    assert act(machine, "remove-image", {"reference": "app:1"}) == {"untagged": 1, "deleted": 2}
