"""*Layers* follows what is typed: two builds, two pushes, and what is in a layer."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.people import Person
from tests.support.browser.workspace import Workspace, sign_in, watch_console
from tests.support.running_platform import RunningPlatform

pytestmark = pytest.mark.timeout(360)

# The tests' platform has no registry but where a test asks for it.
START_REGISTRY = """
import docker
from django.conf import settings
from operate.images.registry import ensure_registry_image
from sandboxes.models import Host
from sandboxes.registry.services import mend_registry
for host in Host.objects.all():
    client = docker.DockerClient(base_url=host.docker_url or None)
    ensure_registry_image(client, settings.INSTALLATION, lambda *_: None)
    mend_registry(host)
"""
STOP_REGISTRY = """
from sandboxes.models import Host
from sandboxes.registry.services import remove_registry
for host in Host.objects.all():
    remove_registry(host)
"""
RECIPE = r"FROM drydock/busybox\nRUN echo one > /one && rm /etc/group\nCOPY page /\n"


def run(platform: RunningPlatform, script: str) -> None:
    platform.manage("shell", "--no-imports", "-c", script)


@pytest.fixture
def start_registry(stack: RunningPlatform) -> Iterator[Callable[[], None]]:
    """Starts the registry, which goes again with the test."""
    yield lambda: run(stack, START_REGISTRY)
    run(stack, STOP_REGISTRY)


def test_layers_follow_builds_and_pushes(
    stack: RunningPlatform,
    new_page: Callable[[], Page],
    newcomer: Person,
    docker_lesson: str,
    start_registry: Callable[[], None],
) -> None:
    page = new_page()
    complaints = watch_console(page)
    sign_in(page, stack.base_url, *newcomer)
    page.goto(docker_lesson)
    workspace = Workspace(page, stack.base_url).wait_live()
    start_registry()
    page.get_by_role("button", name="Layers", exact=True).click()
    expect(page.get_by_label("Image", exact=True)).to_contain_text("drydock/busybox:latest")
    summary, pushed = page.locator(".layers__summary"), page.locator(".layers__pushed")
    layers = page.locator(".layer--reused, .layer--new")
    name = f"registry:5000/{newcomer[0]}/app"

    workspace.focus()
    workspace.do(f"mkdir app; cd app; echo a > page; printf '{RECIPE}' > Dockerfile")
    workspace.do(f"docker build -q -t {name}:1 .")
    expect(summary).to_contain_text("taken over from drydock/busybox:latest")
    expect(layers).to_contain_text(["COPY page /", "RUN echo one", "Debian's busybox-static"])
    expect(pushed).to_contain_text("Not pushed yet")
    workspace.do(f"docker push -q {name}:1")
    expect(pushed).to_contain_text("3 layers sent")

    workspace.do(f"echo b > page; docker build -q -t {name}:2 .")
    expect(summary).to_contain_text(f"2 were here before, taken over from {name}:1")
    expect(summary).to_contain_text("1 is new")
    expect(layers).to_contain_text(["new", "was here", "was here"])
    workspace.do(f"docker push -q {name}:2")
    expect(pushed).to_contain_text("1 layer sent")
    expect(pushed).to_contain_text("2 were there already")

    layers.nth(1).get_by_role("button").focus()
    page.keyboard.press("Enter")
    files = layers.nth(1).locator(".files__item")
    expect(files.filter(has_text="one").first).to_contain_text("added")
    expect(files.filter(has_text="group").last).to_contain_text("removed")
    page.get_by_role("button", name=f"Compare with {name}:1").click()
    expect(page.locator(".layers__join")).to_contain_text("The 2 lowest layers are the same")
    expect(page.locator(".layers__column")).to_contain_text([f"{name}:2", f"{name}:1"])
    assert complaints == []
