"""*Browser* with nothing open, and with a page that a port serves."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.support.browser.activity_scenes import docker_lesson
from tests.support.browser.panels.inside_and_race_scenes import open_panel
from tests.support.browser.scene import Cast, Scene

CONTAINERS = {
    "total": 2,
    "containers": [
        {"name": "web", "ports": [{"public": 8080, "private": 80, "protocol": "tcp"}]},
        {
            "name": "<b>a name that is longer than anybody would think of</b>",
            "ports": [{"public": 5432, "private": 5432, "protocol": "tcp"}],
        },
    ],
}
SERVED = """<!doctype html><html lang="en"><title>Crates</title>
<style>body { font: 1rem/1.5 system-ui; margin: 2rem; color: #16222c; background: #fff }</style>
<main><h1>Crates on the quay</h1><p>Served by <code>nginx</code> in the container web.</p></main>"""


def nothing_open(page: Page, cast: Cast) -> None:
    open_panel(page, cast, "Browser", {})
    expect(page.get_by_text("such as localhost:8080")).to_be_visible()


def page_of_a_port(page: Page, cast: Cast) -> None:
    server = urlsplit(cast.platform.base_url).port
    url = f"http://p8080-{'0' * 32}.ports.localhost:{server}/"
    page.route("**/api/machines/**", lambda route: route.fulfill(status=200, json={"url": url}))
    page.route(url, lambda route: route.fulfill(content_type="text/html", body=SERVED))
    open_panel(page, cast, "Browser", {"box containers": CONTAINERS})
    page.get_by_role("button", name="Open port 8080").click()
    expect(page.frame_locator("iframe").get_by_role("heading")).to_be_visible()


BROWSER_SCENES = (
    Scene("panel-browser", "student", "", nothing_open, docker_lesson, full=False, still=False),
    Scene(
        "panel-browser-page", "student", "", page_of_a_port, docker_lesson, full=False, still=False
    ),
)
