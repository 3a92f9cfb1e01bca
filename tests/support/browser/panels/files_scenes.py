"""*Files* over a machine of the fake engine's: a Dockerfile, a conflict, a question, no room."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, WebSocketRoute, expect

from panels.errors import PanelError
from panels.machine import ObservedMachine
from panels.registry import find_action
from sandboxes.engine.facts import MachineSpec
from sandboxes.engine.fake.engine import FakeEngine
from sandboxes.engine.fake.machine import FakeMachine
from sandboxes.engine.files_protocol import pack
from sandboxes.engine.limits import LINUX
from sandboxes.machine_types.registry import machine_type
from tests.support.browser.panels.pretended_machine import open_panel
from tests.support.browser.scene import Cast, Scene

DOCKERFILE = """\
# A small web page of your own.
FROM drydock/python

WORKDIR /srv
COPY requirements.txt .
RUN pip install --no-index -r requirements.txt
COPY src/ ./src/
ENV PORT=8000 GREETING="Ahoy"
EXPOSE 8000
CMD ["python3", "-m", "http.server", "8000"]
"""
FILES = {
    "/root/.bashrc": "alias ll='ls -l'\n",
    "/root/site/Dockerfile": DOCKERFILE,
    "/root/site/compose.yaml": 'services:\n  web:\n    build: .\n    ports: ["8000:8000"]\n',
    "/root/site/requirements.txt": "flask\n",
    "/root/site/src/app.py": 'print("Ahoy")\n',
    "/root/two\nlines <b>of a name": "",
    "/etc/hosts": "127.0.0.1 localhost\n",
}


def serve(page: Page) -> tuple[FakeMachine, FakeEngine]:
    """Answer for the panels' websocket with the real actions; return the machine behind them."""
    engine = FakeEngine()
    spec = MachineSpec("m", "docker", "drydock/linux:latest", "dock", LINUX, "exec")
    handle = engine.create_machine(spec)
    machine = engine.find(handle.container_id)
    machine.files.update({path: text.encode() for path, text in FILES.items()})
    docker = machine_type("docker")
    observed = ObservedMachine("m", "dock", handle.container_id, docker, engine, 1)

    def connect(socket: WebSocketRoute) -> None:
        def hear(text: str | bytes) -> None:
            message = json.loads(text)
            if message["type"] == "act":
                reply = {"type": "answer", "key": message["key"], **answer(observed, message)}
                socket.send(json.dumps(reply))

        socket.on_message(hear)

    page.route_web_socket("**/ws/panels/**", connect)
    return machine, engine


def answer(machine: ObservedMachine, message: dict[str, Any]) -> dict[str, Any]:
    """Do what the page asks for, as the observer does."""
    action = find_action(message["action"])
    assert action is not None
    try:
        return {"data": action.run(machine, message["arguments"]), "error": "", "code": ""}
    except PanelError as error:
        return {"data": None, "error": str(error), "code": error.code}


def row(page: Page, name: str) -> Any:
    return page.get_by_role("treeitem", name=name, exact=True)


def open_dockerfile(page: Page) -> None:
    row(page, "site").click()
    row(page, "Dockerfile").click()
    expect(page.locator(".cm-content")).to_contain_text("WORKDIR")
    expect(page.locator(".cm-content span").first).to_be_visible()  # it has its colours


def edit(page: Page, machine: FakeMachine, engine: FakeEngine) -> None:
    open_dockerfile(page)
    page.locator(".cm-content").press("Control+End")
    page.keyboard.type("USER 1000")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_enabled()


def conflict(page: Page, machine: FakeMachine, engine: FakeEngine) -> None:
    edit(page, machine, engine)
    machine.files["/root/site/Dockerfile"] = DOCKERFILE.replace("8000", "8080").encode()
    page.keyboard.press("Control+s")
    expect(page.get_by_role("button", name="Take theirs")).to_be_visible()
    expect(page.locator(".cm-deletedChunk").first).to_be_visible()


def new_file(page: Page, machine: FakeMachine, engine: FakeEngine) -> None:
    page.get_by_role("button", name="New file").click()
    page.keyboard.type("site/..\n")
    expect(page.get_by_role("alert").filter(has_text="neither")).to_be_visible()


def full_disk(page: Page, machine: FakeMachine, engine: FakeEngine) -> None:
    edit(page, machine, engine)
    do = engine.ask_files

    def refuse(container_id: str, request: bytes, seconds: float) -> bytes:
        is_write = b"write\0" in request[:16]
        return pack([b"full", b""]) if is_write else do(container_id, request, seconds)

    engine.ask_files = refuse  # type: ignore[method-assign]
    page.keyboard.press("Control+s")
    expect(page.get_by_text("The machine's disk is full")).to_be_visible()


def scene(name: str, act: Callable[[Page, FakeMachine, FakeEngine], None]) -> Scene:
    def play(page: Page, cast: Cast) -> None:
        machine, engine = serve(page)
        open_panel(page, cast.platform.base_url, "files")
        expect(row(page, "site")).to_be_visible()
        act(page, machine, engine)

    return Scene(f"panel-files-{name}", "student", "", play, full=False, still=False)


FILES_SCENES = (
    scene("editor", edit),
    scene("conflict", conflict),
    scene("new-file", new_file),
    scene("full-disk", full_disk),
)
