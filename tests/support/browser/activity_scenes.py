"""A lesson with a Docker machine and a virtual one: what happens in Docker, and what runs the
guests."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.browser.scene import Cast, Scene
from tests.support.running_platform import RunningPlatform

LESSON = "/courses/vms-and-containers/images-and-layers/"
MAKE_LESSON = """
from curriculum.models import Course, Lesson
Lesson.objects.create(
    course=Course.objects.get(slug="vms-and-containers"), slug="images-and-layers",
    title="Images and their layers",
    minutes=15, position=90,
    blocks=[{"type": "html", "html": "<p>Build an image, and watch what Docker does.</p>"}],
    machines=[{"name": "box", "kind": "docker"}, {"name": "guest", "kind": "vm"}],
)
"""
FORGET_LESSON = (
    "from curriculum.models import Lesson; Lesson.objects.filter(slug='images-and-layers').delete()"
)
TELL = """message => document.dispatchEvent(
    new CustomEvent("machine-activity", { detail: message }))"""
HAPPENED: tuple[dict[str, Any], ...] = (
    {
        "kind": "layer-pulled",
        "subject": f"sha256:{'3f' * 32}",
        "image": "registry:5000/course/base:1",
    },
    {"kind": "image-pulled", "subject": "registry:5000/course/base:1"},
    {"kind": "image-built", "subject": "app:1"},
    {"kind": "container-created", "subject": "web"},  # has no line
    {"kind": "container-started", "subject": "web", "image": "app:1"},
    {"kind": "container-died", "subject": "web", "image": "app:1", "exit_code": 137},
)
LINES = (
    "box: Layer 3f3f3f3f3f3f of registry:5000/course/base:1 was pulled",
    "box: Image registry:5000/course/base:1 was pulled",
    "box: Image app:1 was built",
    "box: Container web started from app:1",
    "box: Container web ended with exit code 137",
)


@contextmanager
def docker_lesson(platform: RunningPlatform) -> Iterator[None]:
    platform.manage("shell", "--no-imports", "-c", MAKE_LESSON)
    try:
        yield
    finally:
        platform.manage("shell", "--no-imports", "-c", FORGET_LESSON)


def sandbox() -> dict[str, Any]:
    """What the API says of one whose machines are on their way."""
    machines = [
        {
            "id": f"{n}",
            "name": name,
            "kind": kind,
            "image": "",
            "accelerator": accelerator,
            "terminal": "/ws/none/",
        }
        for n, (name, kind, accelerator) in enumerate(
            (("box", "docker", None), ("guest", "vm", "tcg"))
        )
    ]
    return {
        "id": "00000000-0000-0000-0000-000000000000",
        "lesson": "vms-and-containers/images-and-layers",
        "state": "starting",
        "reason": "",
        "queue": None,
        "expires_at": "2099-01-01T00:00:00+00:00",
        "extendable": True,
        "parks_at": None,
        "unprepared": [],
        "home_max_bytes": 50_000_000,
        "accelerator": "tcg",
        "machines": machines,
    }


def activity(page: Page, cast: Cast) -> None:
    """Events come while the list is closed; it is opened with the keyboard, and has what has
    happened."""
    page.route("**/api/sandboxes**", lambda route: route.fulfill(status=200, json=sandbox()))
    page.route("**/activity", lambda route: route.fulfill(status=200, json={"events": []}))
    page.goto(cast.platform.base_url + LESSON)
    terminal = page.get_by_role("button", name="Terminal", exact=True)
    if terminal.is_visible():
        terminal.click()
    expect(page.get_by_role("tab", name="guest emulated")).to_be_visible()
    panel = page.get_by_role("region", name="What happens in Docker")
    expect(panel).to_contain_text("nothing yet")
    for event in HAPPENED:
        whole = {
            "at": "2030-01-01T10:00:00Z",
            "nested": True,
            "image": "",
            "exit_code": None,
            "count": 1,
            **event,
        }
        page.evaluate(TELL, {"name": "box", "lesson": sandbox()["lesson"], "event": whole})
    expect(panel.locator("[data-activity-last]")).to_have_text(LINES[-1])
    expect(panel.get_by_role("log")).to_be_hidden()
    panel.get_by_role("button", name="Docker activity").focus()
    page.keyboard.press("Enter")
    expect(panel.get_by_role("listitem")).to_contain_text(list(LINES))


ACTIVITY_SCENE = Scene(
    "lesson-docker-activity", "student", "", activity, docker_lesson, full=False, still=False
)
