"""*Map* in a lesson with a Docker machine: as it stands, and while a command is replayed."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.support.browser.panels.pretended_machine import PanelServer, open_panel
from tests.support.browser.scene import Cast, Scene

WEB = "3f" * 32
IMAGES = ("drydock/busybox", "drydock/debian", "drydock/nginx", "drydock/python", "shop/web:1")
CONTAINERS = (
    ("web", WEB, "drydock/nginx", "running", ("shop", "bridge"), ("pages",), (8080, 80)),
    ("db", "4e" * 32, "drydock/debian", "running", ("shop",), ("pages",), None),
    ("cache", "5d" * 32, "drydock/busybox", "paused", ("shop",), (), None),
    ("old-job", "6c" * 32, "drydock/busybox", "exited", ("bridge",), (), None),
)
# Process, program, method, path, status, milliseconds.
CALLS = (
    (41, "docker", "HEAD", "/_ping", 200, 0.4),
    (41, "docker", "GET", "/v1.45/images/json", 200, 3.1),
    (52, "docker", "HEAD", "/_ping", 200, 0.5),
    (52, "docker", "POST", "/v1.45/containers/nobody/stop", 404, 1.2),
    (63, "docker", "HEAD", "/_ping", 200, 0.4),
    (63, "docker", "POST", "/v1.45/containers/create?name=web", 201, 48.3),
    (63, "docker", "POST", f"/v1.45/containers/{WEB}/start", 204, 312.8),
)


def container(
    name: str,
    container_id: str,
    image: str,
    state: str,
    networks: tuple[str, ...],
    volumes: tuple[str, ...],
    port: tuple[int, int] | None,
) -> dict[str, Any]:
    public, private = port or (0, 0)
    ports = [{"public": public, "private": private, "protocol": "tcp", "address": "0.0.0.0"}]
    return {
        "id": container_id,
        "name": name,
        "image": image,
        "state": state,
        "ports": ports if port else [],
        "networks": [{"name": network, "address": ""} for network in networks],
        "mounts": [{"type": "volume", "name": volume} for volume in volumes],
    }


def call(number: int, values: tuple[int, str, str, str, int, float]) -> dict[str, Any]:
    pid, program, method, path, status, ms = values
    return {
        "id": number,
        "time": 1_900_000_000_000 + pid * 1000 + number,
        "connection": number,
        **{"pid": pid, "program": program, "method": method, "path": path},
        **{"status": status, "ms": ms, "cut": False, "open": False, "sent": 0, "received": 2},
    }


SAMPLES: dict[str, Any] = {
    "containers": {"total": 4, "containers": [container(*values) for values in CONTAINERS]},
    "images": {"total": 7, "images": [{"id": name, "names": [name]} for name in IMAGES]},
    "networks": {"total": 4, "networks": [{"name": n} for n in ("shop", "bridge", "host", "none")]},
    "volumes": {"total": 2, "volumes": [{"name": "pages"}, {"name": "7b" * 32}]},
    "calls": {"total": 7, "calls": [call(*numbered) for numbered in enumerate(CALLS, 1)]},
}


def open_map(page: Page, cast: Cast) -> None:
    """The panel over a machine that is only said to run."""
    PanelServer(page, SAMPLES)
    open_panel(page, cast.platform.base_url, "map")
    expect(page.get_by_text("Make a container and start it")).to_be_visible()


def replay(page: Page, cast: Cast) -> None:
    """The step in which runc starts the container, reached with the keyboard alone."""
    open_map(page, cast)
    page.get_by_role("button", name="Replay slowly: Make a container and start it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("the container lives")).to_be_visible()


MAP_SCENES = (
    Scene("panel-map", "student", "", open_map, full=False, still=False),
    Scene("panel-map-replay", "student", "", replay, full=False, still=False),
)
