"""*Desktop* as an engine's words make it: containers, images, volumes, networks, one container; an
engine that has nothing, lies, or does not answer. The panels' websocket is the test's."""

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.browser.panels.pretended_machine import PanelServer, open_panel
from tests.support.browser.scene import Cast, Scene

WEB, WORKER, JOB, OLD = (f"{digit * 64}" for digit in "1234")
NGINX, BUSYBOX, APP, BASE = (f"sha256:{digit * 64}" for digit in "5678")
NAMELESS = "9" * 64


def container(id_: str, name: str, **fields: Any) -> dict[str, Any]:
    """What the topic `containers` says of one that runs."""
    return {
        "id": id_,
        "name": name,
        "image": "drydock/nginx",
        "image_id": NGINX,
        "command": "nginx -g 'daemon off;'",
        "state": "running",
        "status": "Up 3 minutes",
        "created": 1_900_000_000,
        "ports": [],
        "mounts": [],
        "networks": [{"name": "bridge", "address": "172.17.0.2"}],
        **fields,
    }


def port(public: int, private: int) -> dict[str, Any]:
    return {"public": public, "private": private, "protocol": "tcp", "address": "0.0.0.0"}


def mount(name: str, destination: str) -> dict[str, Any]:
    return {"type": "volume", "name": name, "destination": destination}


CONTAINERS = [
    container(WEB, "web", ports=[port(8080, 80), port(8443, 443)], mounts=[mount("data", "/data")]),
    container(
        WORKER,
        "worker",
        image="app:2",
        image_id=APP,
        command="python worker.py",
        status="Up 41 seconds",
        mounts=[mount(NAMELESS, "/cache")],
        networks=[{"name": "lan", "address": "172.18.0.3"}],
    ),
    container(
        JOB,
        "nightly-job-with-a-long-name",
        image="registry:5000/course/a-long-name-of-an-image:2026-11",
        image_id=APP,
        state="exited",
        status="Exited (1) 2 minutes ago",
        ports=[],
    ),
    container(
        OLD,
        "old",
        image="drydock/busybox",
        image_id=BUSYBOX,
        command="sleep 1000",
        state="exited",
        status="Exited (0) 3 days ago",
    ),
]
IMAGES = [
    {"id": APP, "names": ["app:2", "app:latest"], "bytes": 124_000_000, "layers": 7},
    {"id": NGINX, "names": ["drydock/nginx:latest"], "bytes": 41_200_000, "layers": 5},
    {"id": BASE, "names": [], "bytes": 97_000_000, "layers": None},
    {"id": BUSYBOX, "names": ["drydock/busybox:latest"], "bytes": 1_940_000, "layers": 1},
]
VOLUMES = [
    {"name": "data", "driver": "local", "created": "", "mountpoint": "", "anonymous": False},
    {"name": "unused", "driver": "local", "created": "", "mountpoint": "", "anonymous": False},
    {"name": NAMELESS, "driver": "local", "created": "", "mountpoint": "", "anonymous": True},
]
NETWORKS = [
    {"id": f"{at:064x}", "driver": driver, "internal": name == "vault", **fields, "name": name}
    for at, (name, driver, fields) in enumerate(
        (
            ("lan", "bridge", {"subnet": "172.18.0.0/16", "built_in": False}),
            ("vault", "bridge", {"subnet": "172.19.0.0/16", "built_in": False}),
            ("bridge", "bridge", {"subnet": "172.17.0.0/16", "built_in": True}),
            ("host", "host", {"subnet": "", "built_in": True}),
            ("none", "null", {"subnet": "", "built_in": True}),
        )
    )
]
LINES = (
    "\x1b[32mINFO\x1b[0m  listening on :80",
    '172.17.0.1 - - "GET / HTTP/1.1" 200 612',
    "\x1b[33mWARN\x1b[0m  no cache",
    '172.17.0.1 - - "GET /favicon.ico HTTP/1.1" 404 153',
    "\x1b[1;31mERROR\x1b[0m could not read /data/<b>today</b>: no such file",
)


def topics(now: float | None = None) -> dict[str, Any]:
    """What all topics say of an engine in use."""
    created = int(now or time.time()) - 7_400
    return {
        "containers": {"total": len(CONTAINERS), "running": 2, "containers": CONTAINERS},
        "statistics": statistics(12.4, 3.1),
        "images": {
            "total": len(IMAGES),
            "bytes": 264_140_000,
            "images": [{**image, "created": created} for image in IMAGES],
        },
        "volumes": {"total": len(VOLUMES), "volumes": VOLUMES},
        "networks": {"total": len(NETWORKS), "networks": NETWORKS},
    }


def statistics(web: float, worker: float) -> dict[str, Any]:
    return {
        "source": "engine",
        "left_out": 0,
        "processors": 1,
        "memory_bytes": 1024**3,
        "containers": {
            WEB: {"cpu": web, "memory": 9_600_000, "limit": 0},
            WORKER: {"cpu": worker, "memory": 48_000_000, "limit": 0},
        },
    }


NOTHING: dict[str, Any] = {
    **topics(),
    "containers": {"total": 0, "running": 0, "containers": []},
    "statistics": {**statistics(0, 0), "containers": {}},
    "volumes": {"total": 0, "volumes": []},
}


def logs(arguments: dict[str, Any]) -> dict[str, Any]:
    """All lines at first, and nothing after them."""
    lines = [
        {
            "at": f"2030-01-01T10:00:0{at}.000000000Z",
            "stream": "err" if at == 4 else "out",
            "text": text,
        }
        for at, text in enumerate(LINES)
    ]
    return {"lines": [] if arguments.get("since") else lines, "cut": False}


def open_desktop(page: Page, base_url: str, said: dict[str, Any], **errors: str) -> PanelServer:
    """Open the panel over a machine that is only said to run."""
    server = PanelServer(page, said)
    server.errors = errors
    server.answers["read-logs"] = logs
    open_panel(page, base_url, "desktop")
    return server


def busy_curves(page: Page, server: PanelServer) -> None:
    """Let two minutes pass in which containers do something."""
    for at in range(40):
        wave = 8 + 6 * ((at * 7) % 5) + (30 if 18 < at < 24 else 0)
        server.say("statistics", statistics(wave, 2 + at % 3))
        page.clock.run_for(2_000)


def containers(page: Page, server: PanelServer) -> None:
    expect(panel(page).get_by_role("listitem")).to_have_count(len(CONTAINERS))
    busy_curves(page, server)


def panel(page: Page) -> Any:
    return page.locator("[data-panel=desktop]")


def choose(tab: str) -> Callable[[Page, PanelServer], None]:
    def act(page: Page, server: PanelServer) -> None:
        panel(page).get_by_role("tab", name=tab).click()
        expect(panel(page).get_by_role("listitem").first).to_be_visible()

    return act


def details(page: Page, server: PanelServer) -> None:
    panel(page).get_by_role("button", name="web", exact=True).click()
    expect(panel(page).get_by_role("log")).to_contain_text("listening")


def dialog(page: Page, server: PanelServer) -> None:
    panel(page).get_by_role("button", name="Remove worker").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def refused(page: Page, server: PanelServer) -> None:
    server.answers["start-container"] = (
        "driver failed programming external connectivity on endpoint old: Bind for 0.0.0.0:8080 "
        "failed: port is already allocated"
    )
    panel(page).get_by_role("button", name="Start old").click()
    expect(panel(page).get_by_role("alert")).to_contain_text("already allocated")


def text_of(text: str) -> Callable[[Page, PanelServer], None]:
    def act(page: Page, server: PanelServer) -> None:
        expect(panel(page)).to_contain_text(text)

    return act


def scene(
    name: str,
    act: Callable[[Page, PanelServer], None],
    said: dict[str, Any] | None = None,
    **errors: str,
) -> Scene:
    def play(page: Page, cast: Cast) -> None:
        page.clock.install()
        known = topics() if said is None else said
        server = open_desktop(page, cast.platform.base_url, known, **errors)
        act(page, server)

    full_name = f"panel-desktop-{name}"
    return Scene(full_name, "student", "", play, full=False, still=False)


NO_ANSWER = "The machine does not answer. It is tried again."
DESKTOP_SCENES = (
    scene("containers", containers),
    scene("images", choose("Images")),
    scene("volumes", choose("Volumes")),
    scene("networks", choose("Networks")),
    scene("container", details),
    scene("dialog", dialog),
    scene("refused", refused),
    scene("empty", text_of("docker run -d"), NOTHING),
    scene("silent", text_of("does not answer"), {}, containers=NO_ANSWER),
)
